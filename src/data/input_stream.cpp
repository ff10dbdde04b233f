#include <algorithm>
#include <array>
#include <filesystem>

#include "data/arrays.h"
#include "data/chunk_reader.h"
#include "data/column_builder.h"
#include "data/decode.h"
#include "data/idx.h"
#include "data/labelled_files.h"
#include "data/picture_table.h"
#include "data/problem.h"
#include "data/sources.h"
#include "dlwork/base/text.h"
#include "dlwork/data/preprocess.h"

namespace dlwork::data {
namespace {

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
              const std::vector<std::string>& missing, const std::string& separator)
      : path_(path),
        table_(find(path, preprocessor, missing, separator)),
        records_(open_table(table_)) {
    for (const auto& column : preprocessor.columns())
      builders_.push_back(builder_of(column, missing));
    find_places(preprocessor.columns());
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples;
    samples.kind = Kind::kTable;
    samples.files = {path_};
    for (; samples.count < limit && records_->next(); ++samples.count) {
      for (std::size_t i = 0; i < builders_.size(); ++i) builders_[i].add(*records_, places_[i]);
      samples.file_index.push_back(0);
      samples.record.push_back(records_->record());
    }
    if (samples.count == 0) return std::nullopt;
    for (auto& builder : builders_) samples.table.columns.push_back(builder.take());
    samples.table.rows = samples.count;
    return samples;
  }

 private:
  static TableFile find(const std::string& path, const Preprocessor& preprocessor,
                        const std::vector<std::string>& missing, const std::string& separator) {
    CsvOptions options;
    options.separator = separator;
    options.header = is_headerless(preprocessor.columns()) ? "no" : "yes";
    options.missing = missing;
    return find_table(path, options);
  }

  static ColumnBuilder builder_of(const Preprocessor::InputColumn& column,
                                  const std::vector<std::string>& missing) {
    WantedColumn wanted;
    wanted.name = column.name;
    wanted.missing = column.missing;
    // What training found to be whole may have fractions now.
    wanted.meaning = column.type == ColumnType::kNumber ? Meaning::kNumber : Meaning::kCategory;
    if (column.meaning == Meaning::kDatetime || column.meaning == Meaning::kBoolean) {
      wanted.meaning = column.meaning;
    }
    wanted.order = column.month_first ? DateOrder::kMonthFirst : DateOrder::kDayFirst;
    wanted.hint = "the column was " +
                  std::string(column.meaning == Meaning::kDatetime  ? "dates"
                              : column.meaning == Meaning::kBoolean ? "true or false"
                                                                    : "numbers") +
                  " in training; correct the cell or leave it empty";
    ColumnBuilder builder(wanted, missing);
    if (column.type == ColumnType::kCategory) builder.fix_categories(column.categories);
    return builder;
  }

  /// By name; without header by number, or in order when the file has the inputs alone.
  void find_places(const std::vector<Preprocessor::InputColumn>& columns) {
    const bool headerless = table_.format == TableFormat::kCsv && !table_.csv.header;
    const bool in_order = headerless && table_.names.size() == columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto found = std::find(table_.names.begin(), table_.names.end(), columns[i].name);
      if (in_order) {
        places_.push_back(i);
      } else if (found != table_.names.end()) {
        places_.push_back(static_cast<std::size_t>(found - table_.names.begin()));
      } else {
        input_error(path_, 1, 0,
                    "the column " + columns[i].name + ", which the model needs, is missing",
                    suggest(columns[i].name, table_.names));
      }
    }
  }

  std::string path_;
  TableFile table_;
  std::unique_ptr<RecordReader> records_;
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

void check_picture_size(const std::string& path, const Pictures& wanted,
                        const std::array<std::int64_t, 3>& shape) {
  if (shape == std::array<std::int64_t, 3>{wanted.channels, wanted.height, wanted.width}) return;
  const auto text = [](std::int64_t c, std::int64_t h, std::int64_t w) {
    return std::to_string(c) + " x " + std::to_string(h) + " x " + std::to_string(w);
  };
  input_error(path, 0, 0,
              "its pictures are " + text(shape[0], shape[1], shape[2]) + ", the model takes " +
                  text(wanted.channels, wanted.height, wanted.width),
              "channels x height x width must be as in training");
}

/// Says where samples of one file came from; `done` of its records came before them.
void number_records(const std::string& path, Samples& samples, std::int64_t& done) {
  samples.files = {path};
  samples.file_index.assign(samples.count, 0);
  for (std::int64_t i = 0; i < samples.count; ++i) samples.record.push_back(++done);
}

class IdxReader final : public ChunkReader {
 public:
  IdxReader(const std::string& path, const Preprocessor& preprocessor)
      : path_(path), file_(path), empty_(picture_samples(preprocessor)) {
    check_picture_size(path, empty_.pictures, picture_shape(file_, path));
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples = empty_;
    samples.count = samples.pictures.count = file_.read(limit, samples.pictures.pixels);
    if (samples.count == 0) {
      file_.expect_end();
      return std::nullopt;
    }
    number_records(path_, samples, done_);
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
      : files_(std::move(files)),
        empty_(picture_samples(preprocessor)),
        fit_(preprocessor.resizes() ? Fit::kResize : Fit::kExact) {
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
                     pictures.pixels.data() + old, fit_);
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
  Fit fit_;
  std::size_t next_ = 0;
};

class ArrayPictureReader final : public ChunkReader {
 public:
  ArrayPictureReader(const std::string& path, const Preprocessor& preprocessor)
      : path_(path),
        arrays_(open_arrays(path, "")),
        layout_(picture_layout(*arrays_.inputs)),
        empty_(picture_samples(preprocessor)) {
    check_picture_size(path, empty_.pictures, {layout_.channels, layout_.height, layout_.width});
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples = empty_;
    samples.count = samples.pictures.count =
        read_array_pictures(*arrays_.inputs, layout_, limit, samples.pictures.pixels);
    if (samples.count == 0) {
      arrays_.inputs->expect_end();
      return std::nullopt;
    }
    number_records(path_, samples, done_);
    return samples;
  }

 private:
  std::string path_;
  Arrays arrays_;
  ArrayPictures layout_;
  Samples empty_;
  std::int64_t done_ = 0;
};

std::unique_ptr<ChunkReader> open(const std::string& path, const Preprocessor& preprocessor,
                                  const std::vector<std::string>& missing,
                                  const std::string& separator) {
  if (preprocessor.kind() == Kind::kTable) {
    return std::make_unique<TableReader>(path, preprocessor, missing, separator);
  }
  if (preprocessor.kind() == Kind::kSequence) {
    return open_sequences(path, preprocessor, separator);
  }
  std::error_code ignored;  // what is not there is told by the reader
  if (std::filesystem::is_directory(path, ignored)) {
    return std::make_unique<PictureReader>(list_media(path, Media::kPictures), preprocessor);
  }
  if (is_idx(path)) return std::make_unique<IdxReader>(path, preprocessor);
  if (!preprocessor.media_columns().empty() && !is_picture_name(path)) {
    return open_picture_table(path, preprocessor, separator);
  }
  if (find_file_format(path) == Format::kArrays) {
    return std::make_unique<ArrayPictureReader>(path, preprocessor);
  }
  return std::make_unique<PictureReader>(std::vector<std::string>{path}, preprocessor);
}

}  // namespace

struct InputStream::State {
  std::unique_ptr<ChunkReader> reader;
};

InputStream::InputStream(const std::string& path, const Preprocessor& preprocessor,
                         const std::vector<std::string>& missing_tokens,
                         const std::string& separator)
    : state_(std::make_unique<State>()) {
  state_->reader = open(path, preprocessor, missing_tokens, separator);
}

InputStream::~InputStream() = default;

std::optional<Samples> InputStream::next(std::int64_t limit) { return state_->reader->next(limit); }

}  // namespace dlwork::data
