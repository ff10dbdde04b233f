#include "data/series_source.h"

#include "data/memory_room.h"
#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/series.h"
#include "data/unreadable.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kRecordsBetweenLooks = 256;

void report(const SeriesReader& reader, RunContext& run) {
  if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
  const ByteSource& source = reader.lines().source();
  run.reporter.progress({"reading " + source.path(), static_cast<double>(source.position()),
                         static_cast<double>(source.file_size()), "bytes", ""});
}

/// Reads series files one after the other onto the ends of samples, series and labels.
class SeriesReading {
 public:
  SeriesReading(const spec::Project& project, const std::string& task, RunContext& run,
                FileFacts* facts, std::uint64_t most_bytes)
      : task_(task),
        labels_(raw.target, task),
        run_(run),
        facts_(facts),
        most_bytes_(most_bytes),
        unreadable_(facts) {
    raw.samples.kind = Kind::kSequence;
    raw.target.name = project.data.target.empty() ? "class" : project.data.target;
  }

  /// Returns how many series the file gave.
  std::int64_t read(const std::string& path) {
    const std::int64_t before = pool_.count();
    try {
      read_file(path);
    } catch (const Error& error) {
      pass_over(error);
    }
    // Outside: a file that is too large is no fault to pass over.
    expect_room(path, "the series read so far take", bytes(),
                "cut series into windows, or name fewer files", most_bytes_);
    return pool_.count() - before;
  }

  Raw finish() {
    if (pool_.count() == 0) unreadable_.raise_first();
    raw.samples.sequences = pool_.finish();
    return std::move(raw);
  }

  Raw raw;

 private:
  void read_file(const std::string& path) {
    SeriesReader reader(path, 0, facts_ != nullptr ? Stamps::kMended : Stamps::kStrict);
    if (!reader.header().has_label && !targets_optional(task_, facts_)) {
      input_error(path, 0, 0, "the series have no labels",
                  "learning needs a line @classLabel true with the names of the classes");
    }
    std::int64_t seen = 0;
    for (SeriesRecord record; bytes() <= most_bytes_; ++seen) {
      if (seen % kRecordsBetweenLooks == 0) report(reader, run_);
      const std::int64_t before = reader.line();
      try {
        if (!reader.next(record)) break;
        add(reader, record);
      } catch (const Error& error) {
        if (reader.line() == before) throw;  // it cannot go on
        pass_over(error);
      }
    }
    if (seen == 0) input_error(path, reader.line(), 0, "the file has no series");
    run_.reporter.progress_done();
  }

  std::uint64_t bytes() const {
    return pool_.bytes() + raw.samples.record.size() * sizeof(std::int64_t);
  }

  /// For the audit notes what cannot be read, with its line where there is one.
  void pass_over(const Error& error) {
    if (facts_ == nullptr || error.status() != ExitStatus::kInput) throw;
    const auto line = error.diagnostics().empty() ? 0 : error.diagnostics().front().at.line;
    unreadable_.note(pool_.count() + unreadable_.count(),
                     raw.samples.files.back() + (line > 0 ? ":" + std::to_string(line) : ""),
                     error);
  }

  /// Adds nothing where it throws.
  void add(const SeriesReader& reader, const SeriesRecord& record) {
    const auto channels = static_cast<std::int64_t>(record.values.size()) / record.steps;
    if (pool_.count() > 0 && channels != pool_.channels()) {
      reader.lines().fail(nullptr,
                          "the series has " + std::to_string(channels) + " channels, those of " +
                              raw.paths.front() + " have " + std::to_string(pool_.channels()),
                          "all sources must have the same channels");
    }
    if (!labels_.add_text(record.label)) {
      reader.lines().fail(record.label.data(),
                          "the target " + shown_text(record.label) + " is no number",
                          "correct it, or set task: classification");
    }
    pool_.add(record.values, channels);
    raw.samples.record.push_back(reader.line());
    // Of a file without stamps too: they are by sample.
    if (facts_ != nullptr) facts_->stamps.push_back(record.stamps);
  }

  const std::string& task_;
  SequencePool pool_;
  LabelColumn labels_;
  RunContext& run_;
  FileFacts* facts_;
  std::uint64_t most_bytes_;
  UnreadableFiles unreadable_;
};

}  // namespace

Raw read_series_sources(const spec::Project& project, const std::string& task, RunContext& run,
                        FileFacts* facts, std::uint64_t most_bytes) {
  SeriesReading reading(project, task, run, facts, most_bytes);
  read_each_file(project, reading.raw, [&](const std::string& path) { return reading.read(path); });
  return reading.finish();
}

}  // namespace dlwork::data
