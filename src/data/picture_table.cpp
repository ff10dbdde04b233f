#include "data/picture_table.h"

#include "data/decode.h"
#include "data/media_table.h"

namespace dlwork::data {
namespace {

class PictureTableReader final : public ChunkReader {
 public:
  PictureTableReader(const std::string& path, const Preprocessor& preprocessor,
                     const std::string& separator)
      : path_(path),
        fit_(preprocessor.resizes() ? Fit::kResize : Fit::kExact),
        table_(find_table(path, options(preprocessor, separator))),
        records_(open_table(table_)) {
    empty_.channels = preprocessor.channels();
    empty_.height = preprocessor.height();
    empty_.width = preprocessor.width();
    place_ = media_places(table_, preprocessor.media_columns()).front();
  }

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples;
    samples.kind = Kind::kImage;
    samples.files = {path_};
    Pictures& pool = samples.pictures;
    pool = empty_;
    for (; samples.count < limit && records_->next(); ++samples.count) {
      const std::size_t old = pool.pixels.size();
      pool.pixels.resize(old + pool.size());
      decode_picture(media_file(*records_, place_, table_), static_cast<int>(pool.channels),
                     static_cast<int>(pool.width), static_cast<int>(pool.height),
                     pool.pixels.data() + old, fit_);
      samples.file_index.push_back(0);
      samples.record.push_back(records_->record());
    }
    if (samples.count == 0) return std::nullopt;
    pool.count = samples.count;
    return samples;
  }

 private:
  static CsvOptions options(const Preprocessor& preprocessor, const std::string& separator) {
    CsvOptions options;
    options.separator = separator;
    options.known_names = preprocessor.media_columns();
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

std::unique_ptr<ChunkReader> open_picture_table(const std::string& path,
                                                const Preprocessor& preprocessor,
                                                const std::string& separator) {
  return std::make_unique<PictureTableReader>(path, preprocessor, separator);
}

}  // namespace dlwork::data
