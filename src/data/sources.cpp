#include "data/sources.h"

#include <algorithm>
#include <filesystem>

#include "data/array_source.h"
#include "data/arrays.h"
#include "data/byte_source.h"
#include "data/idx.h"
#include "data/labelled_files.h"
#include "data/line_source.h"
#include "data/match_files.h"
#include "data/media_source.h"
#include "data/media_table.h"
#include "data/problem.h"
#include "data/series.h"
#include "data/series_source.h"
#include "data/sqlite_table.h"
#include "data/table_source.h"
#include "data/target.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {
namespace {

const char* format_name(Format format) {
  switch (format) {
    case Format::kTable:
      return "a table";
    case Format::kIdx:
      return "an IDX file";
    case Format::kPictures:
      return "pictures";
    case Format::kSounds:
      return "recordings";
    case Format::kSeries:
      return "a file of series";
    case Format::kArrays:
      return "arrays of pictures or series";
    case Format::kLines:
      return "lines of text";
  }
  return "";
}

std::array<std::pair<std::string, const spec::Source*>, 3> named_sources(
    const spec::Project& project) {
  return {{{"data.train", &project.data.train},
           {"data.validation", &project.data.validation},
           {"data.test", &project.data.test}}};
}

/// Notes where `count` new samples come from; `first_record` 0 when the file is the record.
void add_origin(Raw& raw, const std::string& name, const std::string& path, std::int64_t count,
                std::int64_t first_record) {
  const auto file = static_cast<std::int32_t>(raw.samples.files.size());
  raw.samples.files.push_back(name);
  raw.paths.push_back(path);
  for (std::int64_t i = 0; i < count; ++i) {
    raw.samples.file_index.push_back(file);
    raw.samples.record.push_back(first_record > 0 ? first_record + i : 0);
  }
  raw.samples.count += count;
}

/// Labels of an IDX file onto the end of the target.
void add_labels(const spec::Project& project, const std::string& key, const spec::Source& source,
                std::int64_t pictures, Raw& raw) {
  if (source.labels.empty()) {
    usage_error(project, key + ".labels", "names no label file for the IDX pictures",
                "write {path: images.gz, labels: labels.gz}");
  }
  const std::string path = spec::data_path(project, source.labels);
  const auto labels = read_idx_labels(path);
  if (static_cast<std::int64_t>(labels.size()) != pictures) {
    input_error(path, 0, 0,
                "holds " + grouped(static_cast<std::int64_t>(labels.size())) + " labels for " +
                    grouped(pictures) + " pictures",
                "do the two files belong together?");
  }
  const auto& names = project.data.class_names;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (names.empty()) {
      raw.target.numbers.push_back(labels[i]);
      continue;
    }
    if (labels[i] < 0 || labels[i] >= static_cast<std::int64_t>(names.size())) {
      input_error(path, static_cast<std::int64_t>(i) + 1, 0,
                  "record " + std::to_string(i + 1) + " has the label " +
                      std::to_string(labels[i]) + ", but data.class_names names " +
                      std::to_string(names.size()) + " classes, from 0",
                  "add the missing names or correct the labels");
    }
    raw.target.codes.push_back(labels[i]);
  }
}

enum class Labels { kNeeded, kOptional };

void read_idx_source(const spec::Project& project, const std::string& key,
                     const spec::Source& source, Labels labels, Raw& raw) {
  std::int64_t pictures = 0;
  for (const auto& name : source_files(project, source)) {
    const std::string path = spec::data_path(project, name);
    const auto count = read_idx_pictures(path, raw.samples.pictures);
    add_origin(raw, name, path, count, 1);
    pictures += count;
  }
  if (source.labels.empty() && labels == Labels::kOptional) return;
  if (!project.data.class_names.empty()) {
    raw.target.type = ColumnType::kCategory;
    raw.target.categories = project.data.class_names;
    raw.keep_class_order = true;
  }
  add_labels(project, key, source, pictures, raw);
}

Raw read_idx_sources(const spec::Project& project, const std::string& task,
                     const FileFacts* facts) {
  const auto sources = named_sources(project);
  const Labels labels = targets_optional(task, facts) ? Labels::kOptional : Labels::kNeeded;
  Raw raw;
  raw.samples.kind = Kind::kImage;
  raw.target.name = project.data.target.empty() ? "label" : project.data.target;
  for (std::size_t part = 0; part < sources.size(); ++part) {
    const auto& [key, source] = sources[part];
    const std::int64_t before = raw.samples.count;
    if (source->paths.empty()) continue;
    read_idx_source(project, key, *source, labels, raw);
    raw.counts[part] = raw.samples.count - before;
  }
  return raw;
}

/// Keys that speak of columns, for data that have none.
void check_keys(const spec::Project& project, const std::string& task, Format format) {
  const auto& data = project.data;
  const bool is_media = format == Format::kPictures || format == Format::kSounds;
  const char* what = format == Format::kSeries   ? "series"
                     : format == Format::kArrays ? "arrays"
                     : format == Format::kSounds ? "recordings"
                     : format == Format::kLines  ? "lines of text"
                                                 : "pictures";
  if (!data.inputs.empty()) {
    usage_error(project, "data.inputs", std::string("names columns, but the data are ") + what,
                "take the key out");
  }
  const bool by_pattern = is_media && data.split.method == "group" &&
                          data.label_pattern.find("{group}") != std::string::npos;
  if ((data.split.method == "group" || data.split.method == "time") && !by_pattern) {
    usage_error(project, "data.split.method",
                std::string("needs a column, and ") + what + " have none",
                is_media ? "use random, or group with a {group} in data.label_pattern"
                         : "give the parts files of their own, or use stratified or random");
  }
  if (is_media && task == spec::tasks::regression) {
    usage_error(project, "task", std::string(what) + " in class folders have classes, not numbers",
                "set task: classification");
  }
}

/// The format of a file. One that cannot be read counts as `usual` where its reader notes such
/// files.
Format format_of(const std::string& path, Format usual, const FileFacts* facts) {
  try {
    return find_file_format(path);
  } catch (const Error& error) {
    if (facts == nullptr || usual != Format::kArrays || error.status() != ExitStatus::kInput) throw;
    return usual;
  }
}

/// What is transcribed has steps: a series, or a recording.
void check_transcribed(const spec::Project& project, const std::string& task, Format format) {
  const std::string media = media_columns(project.data).type;
  const bool named = media == "sound" || media == "sequence";
  if (format == Format::kSounds || format == Format::kSeries || format == Format::kArrays ||
      (format == Format::kTable && named)) {
    return;
  }
  usage_error(project, "task",
              task + " reads series and recordings, but the data are " + format_name(format),
              format == Format::kTable
                  ? "set the column that names the recordings or holds the series to sound or "
                    "sequence in data.columns"
                  : "name recordings, a file of series or a table of them");
}

}  // namespace

bool learns_unlabelled(const std::string& task) { return task == spec::tasks::super_resolution; }

void check_task(const spec::Project& project, const std::string& task, Format format) {
  const bool needs_target =
      has_classes(task) || task == spec::tasks::regression || writes_texts(task);
  if (learns_unlabelled(task)) {
    const bool pictures =
        format == Format::kPictures || format == Format::kIdx || format == Format::kArrays ||
        (format == Format::kTable && media_columns(project.data).type == "picture");
    if (pictures) return;
    usage_error(project, "task",
                task + " learns from pictures, but the data are " + format_name(format),
                format == Format::kTable
                    ? "of a table that names files of pictures, give the column the type picture "
                      "in data.columns"
                    : "name pictures");
  }
  if (format == Format::kLines && needs_target) {
    usage_error(project, "task", task + " needs a target, and lines of text have none",
                "set task: embedding to learn word vectors, or give a table with the texts in one "
                "column and the target in another");
  }
  if (format != Format::kLines && !needs_target) {
    usage_error(project, "task",
                task + " learns from lines of text, but the data are " + format_name(format),
                "name a .txt file, or set task: classification or regression");
  }
  if (writes_texts(task)) check_transcribed(project, task, format);
  if (format == Format::kLines && !project.data.target.empty()) {
    usage_error(project, "data.target", "names a column, but the data are lines of text",
                "take the key out, or name the table *.csv or *.tsv");
  }
}

Format find_file_format(const std::string& path) {
  if (is_sqlite(path)) return Format::kTable;
  std::error_code ignored;  // what does not exist is told by the reader, which opens it
  if (std::filesystem::is_directory(path, ignored)) {
    return media_of_folder(path) == Media::kSounds ? Format::kSounds : Format::kPictures;
  }
  if (is_media_name(Media::kSounds, path)) return Format::kSounds;
  if (is_media_name(Media::kPictures, path)) return Format::kPictures;
  if (is_idx(path)) return Format::kIdx;
  if (is_series_file(path)) return Format::kSeries;
  if (is_line_file(path)) return Format::kLines;
  std::string start(8, '\0');
  ByteSource source(path);
  start.resize(source.read(start.data(), start.size()));
  if (!is_array_file(start)) return Format::kTable;
  return kind_of(*open_arrays(path, "").inputs) == Kind::kTable ? Format::kTable : Format::kArrays;
}

std::vector<std::string> source_files(const spec::Project& project, const spec::Source& source) {
  std::vector<std::string> files;
  for (const auto& name : source.paths) {
    const auto matched = match_files(spec::data_path(project, ""), name);
    files.insert(files.end(), matched.begin(), matched.end());
  }
  return files;
}

void read_each_file(const spec::Project& project, Raw& raw,
                    const std::function<std::int64_t(const std::string& path)>& read) {
  const spec::Source* const sources[] = {&project.data.train, &project.data.validation,
                                         &project.data.test};
  for (std::size_t part = 0; part < 3; ++part) {
    for (const auto& name : source_files(project, *sources[part])) {
      raw.paths.push_back(spec::data_path(project, name));
      raw.samples.files.push_back(name);
      const std::int64_t count = read(raw.paths.back());
      raw.samples.file_index.resize(raw.samples.file_index.size() + count,
                                    static_cast<std::int32_t>(raw.paths.size() - 1));
      raw.counts[part] += count;
      raw.samples.count += count;
    }
  }
}

CsvOptions csv_options(const spec::Data& data) {
  CsvOptions options;
  options.separator = data.separator;
  options.header = data.header;
  options.missing = data.missing;
  options.known_names = data.inputs;
  for (const auto& [name, column] : data.columns) options.known_names.push_back(name);
  for (const auto& name : {data.target, data.split.column}) {
    if (!name.empty()) options.known_names.push_back(name);
  }
  return options;
}

namespace {

Raw read_format(const spec::Project& project, const std::string& task, Format format,
                RunContext& run, FileFacts* facts) {
  if (format == Format::kTable) return read_table_sources(project, task, run, facts);
  check_keys(project, task, format);
  if (format == Format::kLines) return read_line_sources(project, run);
  if (format == Format::kSeries) return read_series_sources(project, task, run, facts);
  if (format == Format::kArrays) return read_array_sources(project, task, run, facts);
  if (format == Format::kPictures || format == Format::kSounds) {
    const Media media = format == Format::kPictures ? Media::kPictures : Media::kSounds;
    return read_media_sources(project, task, media, run, facts);
  }
  return read_idx_sources(project, task, facts);
}

}  // namespace

Raw read_sources(const spec::Project& project, const std::string& task, RunContext& run,
                 FileFacts* facts) {
  const auto sources = named_sources(project);
  if (!project.data.environment.empty()) {
    usage_error(project, "task", task + " learns from files, but data.environment names a world",
                "set task: reinforcement-learning");
  }
  if (project.data.train.paths.empty()) {
    usage_error(project, "data.train", "names no file", "name the training data");
  }
  const std::string first = source_files(project, project.data.train).front();
  const Format format = find_file_format(spec::data_path(project, first));
  for (const auto& [key, source] : sources) {
    for (const auto& name : source_files(project, *source)) {
      const Format other = format_of(spec::data_path(project, name), format, facts);
      if (other != format) {
        usage_error(
            project, key,
            name + " is " + format_name(other) + ", but " + first + " is " + format_name(format),
            "all sources must be of one kind");
      }
    }
  }
  check_task(project, task, format);
  Raw raw = read_format(project, task, format, run, facts);
  if (learns_unlabelled(task)) raw.target = Column();
  return raw;
}

}  // namespace dlwork::data
