#include "data/sources.h"

#include <algorithm>
#include <filesystem>

#include "data/idx.h"
#include "data/picture_folder.h"
#include "data/problem.h"
#include "data/table_source.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

const char* format_name(Format format) {
  switch (format) {
    case Format::kCsv:
      return "a CSV table";
    case Format::kIdx:
      return "an IDX file";
    case Format::kFolder:
      return "a folder of pictures";
  }
  return "";
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

void read_idx_source(const spec::Project& project, const std::string& key,
                     const spec::Source& source, Raw& raw) {
  std::int64_t pictures = 0;
  for (const auto& name : source.paths) {
    const std::string path = spec::data_path(project, name);
    const auto count = read_idx_pictures(path, raw.samples.pictures);
    add_origin(raw, name, path, count, 1);
    pictures += count;
  }
  if (!project.data.class_names.empty()) {
    raw.target.type = ColumnType::kCategory;
    raw.target.categories = project.data.class_names;
    raw.keep_class_order = true;
  }
  add_labels(project, key, source, pictures, raw);
}

/// Lists one source's pictures and their classes; decoding follows when all sizes are known.
void list_folder_source(const spec::Project& project, const spec::Source& source, Raw& raw) {
  raw.target.type = ColumnType::kCategory;
  auto& classes = raw.target.categories;
  for (const auto& name : source.paths) {
    const PictureList list = list_class_folders(spec::data_path(project, name));
    std::vector<std::int32_t> code_of;
    for (const auto& text : list.classes) {
      const auto found = std::find(classes.begin(), classes.end(), text);
      code_of.push_back(static_cast<std::int32_t>(found - classes.begin()));
      if (found == classes.end()) classes.push_back(text);
    }
    const std::string prefix = (std::filesystem::path(name) / "").string();
    for (std::size_t i = 0; i < list.files.size(); ++i) {
      add_origin(raw, prefix + list.names[i], list.files[i], 1, 0);
      raw.target.codes.push_back(code_of[list.codes[i]]);
    }
  }
}

void decode_folders(Raw& raw, RunContext& run) {
  const PictureSize size = common_size(raw.paths, run);
  auto& pictures = raw.samples.pictures;
  pictures.channels = size.channels;
  pictures.height = size.height;
  pictures.width = size.width;
  decode_pictures(raw.paths, pictures, run);
}

void check_picture_keys(const spec::Project& project, const std::string& task, Format format) {
  const auto& data = project.data;
  if (!data.inputs.empty()) {
    usage_error(project, "data.inputs", "names columns, but the data are pictures",
                "take the key out");
  }
  if (data.split.method == "group" || data.split.method == "time") {
    usage_error(project, "data.split.method", "needs a column, and pictures have none",
                "give the parts files of their own, or use stratified or random");
  }
  if (format == Format::kFolder && task == "regression") {
    usage_error(project, "task", "a folder of class folders has classes, not numbers",
                "set task: classification");
  }
}

}  // namespace

Format find_file_format(const std::string& path) {
  std::error_code ignored;  // what does not exist is told by the reader, which opens it
  if (std::filesystem::is_directory(path, ignored)) return Format::kFolder;
  return is_idx(path) ? Format::kIdx : Format::kCsv;
}

CsvOptions csv_options(const spec::Data& data) {
  CsvOptions options;
  options.separator = data.separator;
  options.header = data.header;
  options.missing = data.missing;
  options.known_names = data.inputs;
  for (const auto& [name, type] : data.columns) options.known_names.push_back(name);
  for (const auto& name : {data.target, data.split.column}) {
    if (!name.empty()) options.known_names.push_back(name);
  }
  return options;
}

Raw read_sources(const spec::Project& project, const std::string& task, RunContext& run) {
  const std::array<std::pair<std::string, const spec::Source*>, 3> sources{
      {{"data.train", &project.data.train},
       {"data.validation", &project.data.validation},
       {"data.test", &project.data.test}}};
  if (project.data.train.paths.empty()) {
    usage_error(project, "data.train", "names no file", "name the training data");
  }
  const Format format =
      find_file_format(spec::data_path(project, project.data.train.paths.front()));
  for (const auto& [key, source] : sources) {
    for (const auto& name : source->paths) {
      const Format other = find_file_format(spec::data_path(project, name));
      if (other != format) {
        usage_error(project, key,
                    name + " is " + format_name(other) + ", but " +
                        project.data.train.paths.front() + " is " + format_name(format),
                    "all sources must be of one kind");
      }
    }
  }
  if (format == Format::kCsv) return read_table_sources(project, task, run);
  check_picture_keys(project, task, format);
  Raw raw;
  raw.samples.kind = Kind::kImage;
  raw.target.name = !project.data.target.empty() ? project.data.target
                    : format == Format::kIdx     ? "label"
                                                 : "class";
  for (std::size_t part = 0; part < sources.size(); ++part) {
    const auto& [key, source] = sources[part];
    const std::int64_t before = raw.samples.count;
    if (source->paths.empty()) continue;
    if (format == Format::kIdx) {
      read_idx_source(project, key, *source, raw);
    } else {
      list_folder_source(project, *source, raw);
    }
    raw.counts[part] = raw.samples.count - before;
  }
  if (format == Format::kFolder) decode_folders(raw, run);
  return raw;
}

}  // namespace dlwork::data
