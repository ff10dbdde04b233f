#include <filesystem>
#include <limits>

#include "data/arrays.h"
#include "data/chunk_reader.h"
#include "data/labelled_files.h"
#include "data/media_table.h"
#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/series.h"
#include "data/series_table.h"
#include "data/sound_file.h"
#include "data/sources.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

/// One series after the other, whatever holds them.
class OneByOne {
 public:
  virtual ~OneByOne() = default;
  /// [steps, channels] of the next; false at the end.
  virtual bool next(std::vector<float>& values) = 0;
  virtual std::int64_t channels() const = 0;
  virtual std::int64_t record() const = 0;
  /// The file it came from; "": the one that was opened.
  virtual const std::string& file() const {
    static const std::string kSame;
    return kSame;
  }
};

class FromSeriesFile final : public OneByOne {
 public:
  explicit FromSeriesFile(const std::string& path) : reader_(path) {}
  bool next(std::vector<float>& values) override {
    if (!reader_.next(record_)) return false;
    channels_ = static_cast<std::int64_t>(record_.values.size()) / record_.steps;
    values = record_.values;
    return true;
  }
  std::int64_t channels() const override { return channels_; }
  std::int64_t record() const override { return reader_.line(); }

 private:
  SeriesReader reader_;
  SeriesRecord record_;
  std::int64_t channels_ = 0;
};

class FromArray final : public OneByOne {
 public:
  explicit FromArray(const std::string& path) : arrays_(open_arrays(path, "")) {
    const NpyHeader& header = arrays_.inputs->header();
    if (kind_of(*arrays_.inputs) != Kind::kSequence) {
      input_error(path, 0, 0, "holds " + header.text() + ", the model takes series",
                  "series are N x steps x channels");
    }
    channels_ = header.dims[2];
  }
  bool next(std::vector<float>& values) override {
    read_.clear();
    if (arrays_.inputs->read(1, read_) == 0) {
      arrays_.inputs->expect_end();
      return false;
    }
    ++record_;
    values.assign(read_.begin(), read_.end());
    if (!cut_missing_end(values, channels_)) {
      input_error(arrays_.inputs->name(), 0, 0,
                  "series " + std::to_string(record_) + " has no values");
    }
    return true;
  }
  std::int64_t channels() const override { return channels_; }
  std::int64_t record() const override { return record_; }

 private:
  Arrays arrays_;
  std::vector<double> read_;
  std::int64_t channels_ = 0;
  std::int64_t record_ = 0;
};

/// A recording, or those of a folder, as in training.
class FromSounds final : public OneByOne {
 public:
  FromSounds(std::vector<std::string> files, const spec::Sound& sound)
      : files_(std::move(files)), sound_(sound) {}
  bool next(std::vector<float>& values) override {
    if (next_ == files_.size()) return false;
    file_ = files_[next_++];
    values =
        sound_features(read_sound(file_, sound_.rate, sound_.length.seconds), sound_.rate, sound_);
    return true;
  }
  std::int64_t channels() const override { return sound_channels(sound_); }
  std::int64_t record() const override { return 0; }
  const std::string& file() const override { return file_; }

 private:
  std::vector<std::string> files_;
  spec::Sound sound_;
  std::string file_;
  std::size_t next_ = 0;
};

/// What columns of a table hold, or the files that they name.
class FromTable final : public OneByOne {
 public:
  FromTable(const std::string& path, const Preprocessor& preprocessor, const std::string& separator)
      : sound_(preprocessor.sound()),
        table_(find_table(path, options(preprocessor, separator))),
        places_(media_places(table_, preprocessor.media_columns())),
        records_(open_table(table_)) {}
  bool next(std::vector<float>& values) override {
    if (!records_->next()) return false;
    if (sound_) {
      const std::string file = media_file(*records_, places_.front(), table_);
      const auto heard = read_sound(file, sound_->rate, sound_->length.seconds);
      values = sound_features(heard, sound_->rate, *sound_);
      channels_ = sound_channels(*sound_);
      return true;
    }
    std::vector<std::string> cells;
    for (const std::size_t place : places_) {
      const Value value = records_->list(place);
      if (value.kind == Value::Kind::kMissing) fail(place, "there is no series");
      cells.push_back(value.kind == Value::Kind::kNumber ? number_text(value.number)
                                                         : std::string(value.text));
    }
    LoneSeries series = series_of_cells(
        cells, [&](const std::string& cell) { return media_path(cell, "", table_.path); },
        [&](std::size_t cell, const std::string& message) { fail(places_[cell], message); });
    values = std::move(series.values);
    channels_ = series.channels;
    return true;
  }
  std::int64_t channels() const override { return channels_; }
  std::int64_t record() const override { return records_->record(); }

 private:
  static CsvOptions options(const Preprocessor& preprocessor, const std::string& separator) {
    CsvOptions options;
    options.separator = separator;
    options.known_names = preprocessor.media_columns();
    return options;
  }
  void fail(std::size_t place, const std::string& message) const {
    records_->fail(place, message, "write the values as 1.5 2 ? 4, or name a file of one series");
  }

  std::optional<spec::Sound> sound_;
  TableFile table_;
  std::vector<std::size_t> places_;
  std::unique_ptr<RecordReader> records_;
  std::int64_t channels_ = 0;
};

class SequenceChunks final : public ChunkReader {
 public:
  SequenceChunks(const std::string& path, std::unique_ptr<OneByOne> source,
                 const Preprocessor& preprocessor)
      : path_(path),
        source_(std::move(source)),
        steps_(preprocessor.steps()),
        channels_(preprocessor.channels()) {}

  std::optional<Samples> next(std::int64_t limit) override {
    Samples samples;
    samples.kind = Kind::kSequence;
    samples.files = {path_};
    Sequences& pool = samples.sequences;
    pool.steps = steps_;
    pool.channels = channels_;
    for (; samples.count < limit && source_->next(series_); ++samples.count) {
      check();
      pool.values.insert(pool.values.end(), series_.begin(), series_.end());
      pool.values.resize((samples.count + 1) * pool.size(),
                         std::numeric_limits<float>::quiet_NaN());
      pool.lengths.push_back(static_cast<std::int32_t>(series_.size() / channels_));
      if (!source_->file().empty()) samples.files.push_back(source_->file());
      samples.file_index.push_back(static_cast<std::int32_t>(samples.files.size() - 1));
      samples.record.push_back(source_->record());
    }
    if (samples.count == 0) return std::nullopt;
    pool.count = samples.count;
    return samples;
  }

 private:
  void check() const {
    if (source_->channels() != channels_) {
      input_error(source_->file().empty() ? path_ : source_->file(), source_->record(), 0,
                  "the series has " + std::to_string(source_->channels()) +
                      " channels, the model takes " + std::to_string(channels_),
                  "channels must be as in training");
    }
    const auto steps = static_cast<std::int64_t>(series_.size()) / channels_;
    if (steps > steps_) {
      input_error(source_->file().empty() ? path_ : source_->file(), source_->record(), 0,
                  "the series has " + std::to_string(steps) + " steps, the model takes at most " +
                      std::to_string(steps_),
                  "cut it, or train on series as long as this");
    }
  }

  std::string path_;
  std::unique_ptr<OneByOne> source_;
  std::vector<float> series_;
  std::int64_t steps_;
  std::int64_t channels_;
};

}  // namespace

std::unique_ptr<ChunkReader> open_sequences(const std::string& path,
                                            const Preprocessor& preprocessor,
                                            const std::string& separator) {
  std::unique_ptr<OneByOne> source;
  std::error_code ignored;  // what is not there is told by the reader
  if (!preprocessor.media_columns().empty() && find_file_format(path) == Format::kTable) {
    source = std::make_unique<FromTable>(path, preprocessor, separator);
  } else if (preprocessor.sound()) {
    auto files = std::filesystem::is_directory(path, ignored) ? list_media(path, Media::kSounds)
                                                              : std::vector<std::string>{path};
    source = std::make_unique<FromSounds>(std::move(files), *preprocessor.sound());
  } else if (find_file_format(path) == Format::kArrays) {
    source = std::make_unique<FromArray>(path);
  } else {
    source = std::make_unique<FromSeriesFile>(path);
  }
  return std::make_unique<SequenceChunks>(path, std::move(source), preprocessor);
}

}  // namespace dlwork::data
