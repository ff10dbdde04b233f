#include "data/array_source.h"

#include <algorithm>
#include <cmath>

#include "data/arrays.h"
#include "data/memory_room.h"
#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/target.h"
#include "data/unreadable.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {
namespace {

constexpr std::int64_t kArrayBlock = 256;

std::string array_size_text(const Pictures& pictures) {
  return std::to_string(pictures.channels) + " x " + std::to_string(pictures.height) + " x " +
         std::to_string(pictures.width);
}

std::int64_t add_pictures(Arrays& arrays, Pictures& pool, RunContext& run) {
  const ArrayPictures layout = picture_layout(*arrays.inputs);
  Pictures wanted;
  wanted.channels = layout.channels;
  wanted.height = layout.height;
  wanted.width = layout.width;
  if (pool.count > 0 && array_size_text(wanted) != array_size_text(pool)) {
    input_error(arrays.inputs->name(), 0, 0,
                "its pictures are " + array_size_text(wanted) + ", those read before are " +
                    array_size_text(pool),
                "all pictures must have one size (channels x height x width)");
  }
  expect_room(arrays.inputs->name(), "its pictures and those before need",
              pool.pixels.size() + arrays.inputs->header().bytes(), "name fewer files");
  pool.channels = layout.channels;
  pool.height = layout.height;
  pool.width = layout.width;
  std::int64_t count = 0;
  while (const auto read = read_array_pictures(*arrays.inputs, layout, kArrayBlock, pool.pixels)) {
    if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped while reading data");
    count += read;
  }
  pool.count += count;
  return count;
}

std::int64_t add_series(Arrays& arrays, SequencePool& pool, RunContext& run) {
  const auto& dims = arrays.inputs->header().dims;
  const std::int64_t channels = dims[2];
  if (pool.count() > 0 && channels != pool.channels()) {
    input_error(arrays.inputs->name(), 0, 0,
                "its series have " + std::to_string(channels) +
                    " channels, those read before have " + std::to_string(pool.channels()),
                "all sources must have the same channels");
  }
  const auto& head = arrays.inputs->header();
  expect_room(arrays.inputs->name(), "its series and those before need",
              pool.bytes() + head.bytes() / head.value_bytes * sizeof(float), "name fewer files");
  std::int64_t count = 0;
  std::vector<double> values;
  for (std::vector<float> series; arrays.inputs->read(1, values) == 1; ++count, values.clear()) {
    if (count % kArrayBlock == 0 && run.stop.requested()) {
      throw Error(ExitStatus::kInterrupted, "stopped while reading data");
    }
    series.assign(values.begin(), values.end());
    if (!cut_missing_end(series, channels)) {
      input_error(arrays.inputs->name(), 0, 0,
                  "the series at index " + std::to_string(count) + " has no values");
    }
    pool.add(series, channels);
  }
  return count;
}

void add_targets(Arrays& arrays, LabelColumn& labels) {
  NpyArray& targets = *arrays.targets;
  expect_room(targets.name(), "its targets need", targets.header().bytes(), "name a smaller file");
  if (targets.header().is_text()) {
    while (const auto text = targets.read_text()) {
      if (labels.add_text(*text)) continue;
      input_error(targets.name(), 0, 0, "the target " + shown_text(*text) + " is no number",
                  "correct it, or set task: classification");
    }
  } else {
    for (std::vector<double> values; targets.read(1, values) == 1; values.clear()) {
      labels.add_number(values[0]);
    }
  }
  targets.expect_end();
}

/// With data.class_names, targets are their numbers, from 0.
void name_classes(const spec::Project& project, const std::vector<std::string>& names, Raw& raw) {
  if (names.empty()) return;
  for (std::size_t i = 0; i < raw.target.numbers.size(); ++i) {
    const double value = raw.target.numbers[i];
    const bool is_code =
        value >= 0 && value < static_cast<double>(names.size()) && value == std::floor(value);
    if (!is_code && !std::isnan(value)) {
      usage_error(project, "data.class_names",
                  "names " + std::to_string(names.size()) + " classes, from 0, but a target is " +
                      number_text(value),
                  "add the missing names or correct the targets");
    }
    raw.target.codes.push_back(is_code ? static_cast<std::int32_t>(value) : -1);
  }
  raw.target.numbers.clear();
  raw.target.type = ColumnType::kCategory;
  raw.target.categories = names;
  raw.keep_class_order = true;
}

/// One file after the other onto the ends of the samples.
class ArrayReading {
 public:
  ArrayReading(const spec::Project& project, const std::string& task, RunContext& run,
               const FileFacts* facts)
      : project_(project),
        task_(task),
        run_(run),
        facts_(facts),
        labels_(raw.target, project.data.class_names.empty() ? task : spec::tasks::regression) {}

  void read(const std::string& path, const std::string& beside) {
    Samples& samples = raw.samples;
    Arrays arrays = open_arrays(path, beside.empty() ? "" : spec::data_path(project_, beside));
    const Kind kind = kind_of(*arrays.inputs);
    if (samples.count > 0 && kind != samples.kind) {
      input_error(path, 0, 0,
                  "holds " + to_string(kind) + " data, the files before " +
                      to_string(samples.kind) + " data");
    }
    if (arrays.targets == nullptr && !targets_optional(task_, facts_)) {
      input_error(path, 0, 0, "has no targets",
                  "write an array y into the NPZ file, or {path: X.npy, labels: y.npy}");
    }
    const std::int64_t count = kind == Kind::kImage ? add_pictures(arrays, samples.pictures, run_)
                                                    : add_series(arrays, pool, run_);
    arrays.inputs->expect_end();
    if (arrays.targets != nullptr) add_targets(arrays, labels_);
    samples.kind = kind;
    raw.target.name = project_.data.target.empty() ? arrays.target_name : project_.data.target;
    samples.count += count;
  }

  /// Takes back what a file added before it ended in an error.
  void go_back() {
    const std::int64_t count = raw.samples.count;
    Pictures& pictures = raw.samples.pictures;
    pictures.count = raw.samples.kind == Kind::kImage ? count : 0;
    pictures.pixels.resize(static_cast<std::size_t>(pictures.count * pictures.size()));
    pool.cut(raw.samples.kind == Kind::kSequence ? count : 0);
    labels_.cut(count);
  }

  Raw raw;
  SequencePool pool;

 private:
  const spec::Project& project_;
  const std::string& task_;
  RunContext& run_;
  const FileFacts* facts_;
  LabelColumn labels_;
};

}  // namespace

Raw read_array_sources(const spec::Project& project, const std::string& task, RunContext& run,
                       FileFacts* facts) {
  ArrayReading reading(project, task, run, facts);
  Raw& raw = reading.raw;
  UnreadableFiles unreadable(facts);
  const spec::Source* const sources[] = {&project.data.train, &project.data.validation,
                                         &project.data.test};
  for (std::size_t part = 0; part < 3; ++part) {
    for (const auto& name : source_files(project, *sources[part])) {
      const std::string path = spec::data_path(project, name);
      const std::int64_t before = raw.samples.count;
      const auto read = [&] { reading.read(path, sources[part]->labels); };
      if (facts == nullptr) {
        read();
      } else if (!unreadable.reads(-1, name, read)) {
        reading.go_back();
        continue;
      }
      const std::int64_t count = raw.samples.count - before;
      raw.paths.push_back(path);
      raw.samples.files.push_back(name);
      for (std::int64_t i = 0; i < count; ++i) {
        raw.samples.file_index.push_back(static_cast<std::int32_t>(raw.paths.size() - 1));
        raw.samples.record.push_back(i + 1);
      }
      raw.counts[part] += count;
    }
    if (part == 0 && raw.counts[0] == 0 && unreadable.any()) unreadable.raise_first();
  }
  if (raw.samples.kind == Kind::kSequence) raw.samples.sequences = reading.pool.finish();
  if (writes_texts(task) && raw.samples.kind != Kind::kSequence) {
    usage_error(project, "task", task + " reads series and recordings, but the arrays are pictures",
                "name arrays of series, [series, steps, channels]");
  }
  name_classes(project, project.data.class_names, raw);
  return std::move(raw);
}

}  // namespace dlwork::data
