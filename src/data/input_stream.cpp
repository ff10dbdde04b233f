#include <algorithm>
#include <filesystem>

#include "data/csv_table.h"
#include "data/decode.h"
#include "data/idx.h"
#include "data/picture_folder.h"
#include "data/problem.h"
#include "data/sources.h"
#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

class ChunkReader {
 public:
  virtual ~ChunkReader() = default;
  virtual std::optional<Samples> next(std::int64_t limit) = 0;
};

/// True when every name is one that columns get in a file without header.
bool is_headerless(const std::vector<Preprocessor::InputColumn>& columns) {
  return std::all_of(columns.begin(), columns.end(), [](const auto& column) {
    return column.name.rfind(column_name(0).substr(0, 7), 0) == 0 &&
           parse_integer(column.name.substr(7)).value_or(0) > 0;
  });
}

class TableReader final : public ChunkReader {
 public:
  TableReader(const std::string& path, const Preprocessor& preprocessor,
              const std::vector<std::string>& missing)
      : path_(path), format_(find(path, preprocessor, missing)), reader_(path, format_.separator) {
    for (const auto& column : preprocessor.columns()) {
      builders_.emplace_back(
          WantedColumn{column.name, column.type,
                       "the column was numbers in training; correct the cell or leave it empty"},
          missing);
      if (column.type == ColumnType::kCategory) builders_.back().fix_categories(column.categories);
    }
    find_places(preprocessor.columns());
    if (format_.header) reader_.next();
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples;
    samples.kind = Kind::kTable;
    samples.files = {path_};
    for (; samples.count < limit && reader_.next(); ++samples.count) {
      if (reader_.cells().size() != format_.names.size()) {
        input_error(path_, reader_.line(), 0,
                    "the row has " + std::to_string(reader_.cells().size()) + " cells, the first " +
                        std::to_string(format_.names.size()),
                    "quote cells that hold the separator");
      }
      for (std::size_t i = 0; i < builders_.size(); ++i) builders_[i].add(reader_, places_[i]);
      samples.file_index.push_back(0);
      samples.record.push_back(reader_.line());
    }
    if (samples.count == 0) return std::nullopt;
    for (auto& builder : builders_) samples.table.columns.push_back(builder.take());
    samples.table.rows = samples.count;
    return samples;
  }

 private:
  static CsvFormat find(const std::string& path, const Preprocessor& preprocessor,
                        const std::vector<std::string>& missing) {
    CsvOptions options;
    options.header = is_headerless(preprocessor.columns()) ? "no" : "yes";
    options.missing = missing;
    return find_format(path, options);
  }

  /// By name; without header by number, or in order when the file has the inputs alone.
  void find_places(const std::vector<Preprocessor::InputColumn>& columns) {
    const bool in_order = !format_.header && format_.names.size() == columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto found = std::find(format_.names.begin(), format_.names.end(), columns[i].name);
      if (in_order) {
        places_.push_back(i);
      } else if (found != format_.names.end()) {
        places_.push_back(static_cast<std::size_t>(found - format_.names.begin()));
      } else {
        input_error(path_, 1, 0,
                    "the column " + columns[i].name + ", which the model needs, is missing",
                    suggest(columns[i].name, format_.names));
      }
    }
  }

  std::string path_;
  CsvFormat format_;
  CsvReader reader_;
  std::vector<ColumnBuilder> builders_;
  std::vector<std::size_t> places_;
};

Samples picture_samples(const Preprocessor& preprocessor) {
  Samples samples;
  samples.kind = Kind::kImage;
  samples.pictures.channels = preprocessor.channels();
  samples.pictures.height = preprocessor.height();
  samples.pictures.width = preprocessor.width();
  return samples;
}

class IdxReader final : public ChunkReader {
 public:
  IdxReader(const std::string& path, const Preprocessor& preprocessor)
      : path_(path), file_(path), empty_(picture_samples(preprocessor)) {
    const auto shape = picture_shape(file_, path);
    const Pictures& wanted = empty_.pictures;
    if (shape != std::array<std::int64_t, 3>{wanted.channels, wanted.height, wanted.width}) {
      const auto text = [](std::int64_t c, std::int64_t h, std::int64_t w) {
        return std::to_string(c) + " x " + std::to_string(h) + " x " + std::to_string(w);
      };
      input_error(path, 0, 0,
                  "its pictures are " + text(shape[0], shape[1], shape[2]) + ", the model takes " +
                      text(wanted.channels, wanted.height, wanted.width),
                  "channels x height x width must be as in training");
    }
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples = empty_;
    samples.count = samples.pictures.count = file_.read(limit, samples.pictures.pixels);
    if (samples.count == 0) {
      file_.expect_end();
      return std::nullopt;
    }
    samples.files = {path_};
    samples.file_index.assign(samples.count, 0);
    for (std::int64_t i = 0; i < samples.count; ++i) samples.record.push_back(++done_);
    return samples;
  }

 private:
  std::string path_;
  IdxFile file_;
  Samples empty_;
  std::int64_t done_ = 0;
};

class PictureReader final : public ChunkReader {
 public:
  PictureReader(std::vector<std::string> files, const Preprocessor& preprocessor)
      : files_(std::move(files)), empty_(picture_samples(preprocessor)) {
    if (preprocessor.channels() != 1 && preprocessor.channels() != 3) {
      input_error(files_.front(), 0, 0,
                  "the model takes pictures of " + std::to_string(preprocessor.channels()) +
                      " channels, which picture files cannot hold",
                  "give an IDX file");
    }
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples = empty_;
    Pictures& pictures = samples.pictures;
    for (; samples.count < limit && next_ < files_.size(); ++samples.count, ++next_) {
      const std::size_t old = pictures.pixels.size();
      pictures.pixels.resize(old + pictures.size());
      decode_picture(files_[next_], static_cast<int>(pictures.channels),
                     static_cast<int>(pictures.width), static_cast<int>(pictures.height),
                     pictures.pixels.data() + old);
      samples.files.push_back(files_[next_]);
      samples.file_index.push_back(static_cast<std::int32_t>(samples.count));
      samples.record.push_back(0);
    }
    if (samples.count == 0) return std::nullopt;
    pictures.count = samples.count;
    return samples;
  }

 private:
  std::vector<std::string> files_;
  Samples empty_;
  std::size_t next_ = 0;
};

std::unique_ptr<ChunkReader> open(const std::string& path, const Preprocessor& preprocessor,
                                  const std::vector<std::string>& missing) {
  if (preprocessor.kind() == Kind::kTable) {
    return std::make_unique<TableReader>(path, preprocessor, missing);
  }
  if (find_file_format(path) == Format::kFolder) {
    return std::make_unique<PictureReader>(list_pictures(path), preprocessor);
  }
  if (is_idx(path)) return std::make_unique<IdxReader>(path, preprocessor);
  return std::make_unique<PictureReader>(std::vector<std::string>{path}, preprocessor);
}

}  // namespace

struct InputStream::State {
  std::unique_ptr<ChunkReader> reader;
};

InputStream::InputStream(const std::string& path, const Preprocessor& preprocessor,
                         const std::vector<std::string>& missing_tokens)
    : state_(std::make_unique<State>()) {
  state_->reader = open(path, preprocessor, missing_tokens);
}

InputStream::~InputStream() = default;

std::optional<Samples> InputStream::next(std::int64_t limit) { return state_->reader->next(limit); }

}  // namespace dlwork::data
