#include "data/picture_table.h"

#include <algorithm>
#include <filesystem>

#include "data/decode.h"
#include "data/picture_folder.h"
#include "data/problem.h"
#include "data/records.h"
#include "data/unreadable.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;

class PictureTableReader final : public ChunkReader {
 public:
  PictureTableReader(const std::string& path, const Preprocessor& preprocessor)
      : path_(path),
        fit_(preprocessor.resizes() ? Fit::kResize : Fit::kExact),
        table_(find_table(path, options(preprocessor))),
        records_(open_table(table_)) {
    empty_.channels = preprocessor.channels();
    empty_.height = preprocessor.height();
    empty_.width = preprocessor.width();
    const std::string& column = preprocessor.picture_column();
    const auto found = std::find(table_.names.begin(), table_.names.end(), column);
    if (found == table_.names.end()) {
      input_error(path, 1, 0, "the column " + column + ", which names the pictures, is missing",
                  suggest(column, table_.names));
    }
    place_ = static_cast<std::size_t>(found - table_.names.begin());
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples;
    samples.kind = Kind::kImage;
    samples.files = {path_};
    Pictures& pool = samples.pictures;
    pool = empty_;
    for (; samples.count < limit && records_->next(); ++samples.count) {
      const Value value = records_->value(place_);
      if (value.kind != Value::Kind::kText || value.text.empty()) {
        records_->fail(place_, "there is no path of a picture", "fill it in, or take the row out");
      }
      const std::size_t old = pool.pixels.size();
      pool.pixels.resize(old + pool.size());
      decode_picture(picture_path(std::string(value.text), "", path_),
                     static_cast<int>(pool.channels), static_cast<int>(pool.width),
                     static_cast<int>(pool.height), pool.pixels.data() + old, fit_);
      samples.file_index.push_back(0);
      samples.record.push_back(records_->record());
    }
    if (samples.count == 0) return std::nullopt;
    pool.count = samples.count;
    return samples;
  }

 private:
  static CsvOptions options(const Preprocessor& preprocessor) {
    CsvOptions options;
    options.known_names = {preprocessor.picture_column()};
    return options;
  }

  std::string path_;
  Fit fit_;
  Pictures empty_;
  TableFile table_;
  std::unique_ptr<RecordReader> records_;
  std::size_t place_ = 0;
};

}  // namespace

std::string picture_column(const spec::Data& data) {
  for (const auto& [name, column] : data.columns) {
    if (column.type == "picture") return name;
  }
  return "";
}

std::string picture_path(const std::string& cell, const std::string& root,
                         const std::string& table) {
  std::error_code ignored;  // what is not there is told by the decoder
  if (!root.empty() && fs::exists(fs::path(root) / cell, ignored))
    return (fs::path(root) / cell).string();
  return (fs::path(table).parent_path() / cell).string();
}

void read_table_pictures(const spec::Project& project, const std::string& column, Raw& raw,
                         RunContext& run, FileFacts* facts) {
  auto& carried = raw.samples.carried.columns;
  const auto found = std::find_if(carried.begin(), carried.end(),
                                  [&](const Column& each) { return each.name == column; });
  DLWORK_ASSERT(found != carried.end(), "the picture column was read");
  found->info.meaning = Meaning::kId;  // messages and reports name the picture beside the row
  const std::string root = spec::data_path(project, "");
  std::vector<std::string> files;
  for (std::int64_t row = 0; row < raw.samples.count; ++row) {
    const std::string& table = raw.paths[raw.samples.file_index[row]];
    if (found->is_missing(row)) {
      input_error(table, raw.samples.record[row], 0, "column " + column + " names no picture",
                  "fill it in, or take the row out");
    }
    files.push_back(picture_path(found->categories[found->codes[row]], root, table));
  }
  raw.samples.kind = Kind::kImage;
  raw.samples.table = Table();
  raw.samples.pictures.column = column;
  decode_pictures(std::move(files), project.data.picture_size, raw.samples.pictures, run, facts);
  if (facts != nullptr) leave_out(raw, facts->unreadable);
}

std::unique_ptr<ChunkReader> open_picture_table(const std::string& path,
                                                const Preprocessor& preprocessor) {
  return std::make_unique<PictureTableReader>(path, preprocessor);
}

}  // namespace dlwork::data
