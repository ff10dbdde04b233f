#include "data/series_source.h"

#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/series.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kRecordsBetweenLooks = 256;

void report(const SeriesReader& reader, RunContext& run) {
  if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
  const ByteSource& source = reader.lines().source();
  run.reporter.progress({"reading " + source.path(), static_cast<double>(source.position()),
                         static_cast<double>(source.file_size()), "bytes", ""});
}

/// All series of one file onto the ends of pool and labels; returns how many.
std::int64_t read_file(const std::string& path, Raw& raw, SequencePool& pool, LabelColumn& labels,
                       RunContext& run, FileFacts* facts) {
  SeriesReader reader(path, 0, facts != nullptr ? Stamps::kMended : Stamps::kStrict);
  if (!reader.header().has_label) {
    input_error(path, 0, 0, "the series have no labels",
                "learning needs a line @classLabel true with the names of the classes");
  }
  std::int64_t count = 0;
  for (SeriesRecord record; reader.next(record); ++count) {
    if (count % kRecordsBetweenLooks == 0) report(reader, run);
    const auto channels = static_cast<std::int64_t>(record.values.size()) / record.steps;
    if (pool.count() > 0 && channels != pool.channels()) {
      reader.lines().fail(nullptr,
                          "the series has " + std::to_string(channels) + " channels, those of " +
                              raw.paths.front() + " have " + std::to_string(pool.channels()),
                          "all sources must have the same channels");
    }
    pool.add(record.values, channels);
    if (!labels.add_text(record.label)) {
      reader.lines().fail(record.label.data(),
                          "the target " + shown_text(record.label) + " is no number",
                          "correct it, or set task: classification");
    }
    raw.samples.record.push_back(reader.line());
    if (facts != nullptr && reader.header().stamped) facts->stamps.push_back(record.stamps);
  }
  if (count == 0) input_error(path, reader.line(), 0, "the file has no series");
  run.reporter.progress_done();
  return count;
}

}  // namespace

Raw read_series_sources(const spec::Project& project, const std::string& task, RunContext& run,
                        FileFacts* facts) {
  Raw raw;
  raw.samples.kind = Kind::kSequence;
  raw.target.name = project.data.target.empty() ? "class" : project.data.target;
  SequencePool pool;
  LabelColumn labels(raw.target, task);
  read_each_file(project, raw, [&](const std::string& path) {
    return read_file(path, raw, pool, labels, run, facts);
  });
  raw.samples.sequences = pool.finish();
  return raw;
}

}  // namespace dlwork::data
