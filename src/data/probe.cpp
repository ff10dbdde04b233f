#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "data/arrays.h"
#include "data/column_builder.h"
#include "data/decode.h"
#include "data/idx.h"
#include "data/labelled_files.h"
#include "data/media_table.h"
#include "data/problem.h"
#include "data/sequence_pool.h"
#include "data/series.h"
#include "data/series_table.h"
#include "data/sound_file.h"
#include "data/sources.h"
#include "data/target.h"
#include "dlwork/base/text.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBytesLooked = 64u << 10;
constexpr std::int64_t kRowsLooked = 1000;
constexpr std::size_t kMostWholeClasses = 20;
constexpr std::size_t kRowsOfClass = 2;
/// Pictures of a table that are tried for one that can be read.
constexpr std::size_t kFilesTried = 100;

/// What a user says beside the path; all may be empty.
struct Hints {
  CsvOptions csv;
  std::string target;
  std::string declared_type;  ///< of the target, or ""
  std::string labels;         ///< opened path of the IDX or NPY label file
  std::vector<std::string> class_names;
  std::string label_pattern;
  spec::Sound sound;
  bool unlabelled = false;  ///< what is learned needs no labels
};

/// A column of a usual name, else the last one, of which only its place speaks.
std::string guess_target(const std::vector<std::string>& columns, bool& by_place) {
  static const std::vector<std::string> kUsual{"target",  "label",     "class",    "y",
                                               "outcome", "diagnosis", "category", "response"};
  for (const auto& usual : kUsual) {
    for (const auto& column : columns) {
      if (lower(column) == usual) return column;
    }
  }
  by_place = true;
  return columns.back();
}

/// Whole numbers with few values, each seen more than twice, are taken for classes.
bool looks_like_classes(const Column& column) {
  std::map<double, std::size_t> counts;
  std::size_t rows = 0;
  for (const double value : column.numbers) {
    if (std::isnan(value)) continue;
    if (value != std::floor(value)) return false;
    ++counts[value];
    ++rows;
    if (counts.size() > kMostWholeClasses) return false;
  }
  return counts.size() >= 2 && rows > kRowsOfClass * counts.size();
}

/// The first rows of one column. A column that turns to text late is read again as category.
Column look_at_column(const TableFile& table, const CsvOptions& options, const std::string& name) {
  const auto place = static_cast<std::size_t>(
      std::find(table.names.begin(), table.names.end(), name) - table.names.begin());
  WantedColumn wanted;
  wanted.name = name;
  for (;;) {
    ColumnBuilder builder(wanted, options.missing);
    const auto records = open_table(table, std::max(kBytesLooked, table.names.size() * 4096));
    for (std::int64_t row = 0; row < kRowsLooked && records->next(); ++row) {
      builder.add(*records, place);
    }
    if (!builder.late()) return builder.take();
    wanted.as_texts = true;
  }
}

Probe probe_table(const std::string& path, const Hints& hints) {
  const TableFile table = find_table(path, hints.csv, hints.labels);
  Probe probe;
  probe.kind = Kind::kTable;
  probe.columns = table.names;
  probe.target =
      hints.target.empty() ? guess_target(table.names, probe.target_by_place) : hints.target;
  if (std::find(table.names.begin(), table.names.end(), probe.target) == table.names.end()) {
    return probe;
  }
  const Column column = look_at_column(table, hints.csv, probe.target);
  const std::string& type = hints.declared_type;
  if (column.type == ColumnType::kCategory) {
    probe.target_is_class = type != "number" && type != "integer";
    probe.classes = column.categories;
  } else {
    probe.target_is_class =
        type == "category" || type == "boolean" || (type.empty() && looks_like_classes(column));
    std::vector<double> values;
    for (const double value : column.numbers) {
      if (!std::isnan(value)) values.push_back(value);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (probe.target_is_class) probe.classes = number_names(values);
  }
  if (!probe.target_is_class) probe.classes.clear();
  sort_class_names(probe.classes);
  return probe;
}

/// What `read` says of the first sample that it can read: of those that it cannot, the audit tells.
/// Throws the first one's error where it can read none.
template <class Sample, class Read>
auto first_that_reads(const std::vector<Sample>& samples, const Read& read) {
  std::optional<Error> first;
  for (const Sample& sample : samples) {
    try {
      return read(sample);
    } catch (const Error& error) {
      if (error.status() != ExitStatus::kInput) throw;
      if (!first) first = error;
    }
  }
  throw *first;
}

/// The size of pictures, by the first that can be read.
void probe_pictures(const std::vector<std::string>& files, Probe& probe) {
  const PictureSize size = first_that_reads(files, picture_size);
  probe.kind = Kind::kImage;
  probe.channels = size.channels >= 3 ? 3 : 1;
  probe.height = size.height;
  probe.width = size.width;
}

void probe_sounds(const std::vector<std::string>& files, spec::Sound sound, Probe& probe) {
  const auto heard = first_that_reads(files, [&](const std::string& file) {
    const std::int64_t rate = sound.rate > 0 ? sound.rate : sound_head(file).rate;
    spec::Sound at_rate = sound;
    at_rate.rate = rate;
    return sound_features(read_sound(file, rate, sound.length.seconds), rate, at_rate);
  });
  probe.kind = Kind::kSequence;
  probe.channels = sound_channels(sound);
  probe.steps = static_cast<std::int64_t>(heard.size()) / probe.channels;
}

/// Series that rows of a table hold or name.
void probe_series_cells(const std::vector<std::vector<std::string>>& rows,
                        const std::function<std::string(const std::string& cell)>& file_of,
                        const std::string& path, Probe& probe) {
  const LoneSeries series = first_that_reads(rows, [&](const std::vector<std::string>& cells) {
    return series_of_cells(cells, file_of, [&](std::size_t, const std::string& message) {
      input_error(path, 0, 0, message);
    });
  });
  probe.kind = Kind::kSequence;
  probe.channels = series.channels;
  probe.steps = series.steps();
}

/// A table whose columns hold or name pictures, recordings or series; the first tell their size.
void probe_table_media(const std::string& path, const Hints& hints, const std::string& root,
                       const MediaColumns& media, Probe& probe) {
  const TableFile table = find_table(path, hints.csv, hints.labels);
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < table.names.size(); ++place) {
    if (media.has(table.names[place])) places.push_back(place);
  }
  if (places.empty()) return;  // told when the data are read
  const auto records = open_table(table);
  std::vector<std::vector<std::string>> rows;
  while (rows.size() < kFilesTried && records->next()) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (const std::size_t place : places) cells.emplace_back(records->list(place).text);
  }
  if (rows.empty()) return;
  const auto file_of = [&](const std::string& cell) { return media_path(cell, root, path); };
  if (media.type == "sequence") {
    probe_series_cells(rows, file_of, path, probe);
    return;
  }
  std::vector<std::string> files;
  for (const auto& cells : rows) files.push_back(file_of(cells.front()));
  if (media.type == "sound") {
    probe_sounds(files, hints.sound, probe);
  } else {
    probe_pictures(files, probe);
  }
}

Probe probe_idx(const std::string& path, const Hints& hints) {
  const IdxFile file(path);
  Probe probe;
  probe.kind = Kind::kImage;
  const auto shape = picture_shape(file, path);
  probe.channels = shape[0];
  probe.height = shape[1];
  probe.width = shape[2];
  probe.records = file.records();
  probe.target = hints.target.empty() ? "label" : hints.target;
  probe.classes = hints.class_names;
  if (hints.labels.empty() || !probe.classes.empty()) return probe;
  IdxFile labels(hints.labels);
  std::vector<std::uint8_t> values;
  if (labels.value_bytes() != 1 || labels.dims().size() != 1) return probe;
  labels.read(static_cast<std::int64_t>(kBytesLooked), values);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  probe.classes = number_names({values.begin(), values.end()});
  return probe;
}

Probe probe_media(const std::string& path, Media media, const Hints& hints) {
  const LabelledFiles list = hints.unlabelled
                                 ? find_media_files(path, media)
                                 : find_labelled_files(path, media, hints.label_pattern);
  Probe probe;
  probe.target = hints.target.empty() ? "class" : hints.target;
  const std::set<std::string> classes(list.labels.begin(), list.labels.end());
  probe.classes.assign(classes.begin(), classes.end());
  sort_class_names(probe.classes);
  probe.records = static_cast<std::int64_t>(list.files.size());
  if (media == Media::kPictures) {
    probe_pictures(list.files, probe);
  } else {
    probe_sounds(list.files, hints.sound, probe);
  }
  return probe;
}

Probe probe_series(const std::string& path, const Hints& hints) {
  SeriesReader reader(path, kBytesLooked, Stamps::kMended);
  const SeriesHeader& header = reader.header();
  Probe probe;
  probe.kind = Kind::kSequence;
  probe.target = hints.target.empty() ? "class" : hints.target;
  probe.target_is_class = header.label_is_class;
  probe.classes = header.classes;
  sort_class_names(probe.classes);
  probe.steps = header.steps;
  probe.channels = header.channels;
  std::optional<Error> first;
  for (SeriesRecord record;;) {
    const std::int64_t before = reader.line();
    try {
      if (!reader.next(record)) break;
    } catch (const Error& error) {
      if (error.status() != ExitStatus::kInput || reader.line() == before) throw;
      if (!first) first = error;  // of lines that cannot be read the audit tells
      continue;
    }
    probe.steps = std::max(probe.steps, record.steps);
    probe.channels = static_cast<std::int64_t>(record.values.size()) / record.steps;
  }
  if (probe.channels == 0 && first) throw *first;
  return probe;
}

/// Classes of up to kRowsLooked targets.
std::vector<std::string> look_at_targets(NpyArray& targets, bool& is_class) {
  Column column;
  LabelColumn labels(
      column, targets.header().is_text() ? spec::tasks::classification : spec::tasks::regression);
  if (targets.header().is_text()) {
    for (std::int64_t row = 0; row < kRowsLooked; ++row) {
      const auto text = targets.read_text();
      if (!text) break;
      labels.add_text(*text);
    }
    return column.categories;
  }
  targets.read(kRowsLooked, column.numbers);
  is_class = looks_like_classes(column);
  std::set<double> distinct;
  for (const double value : column.numbers) {
    if (!std::isnan(value)) distinct.insert(value);
  }
  if (!is_class) return {};
  return number_names({distinct.begin(), distinct.end()});
}

Probe probe_arrays(const std::string& path, const Hints& hints) {
  Arrays arrays = open_arrays(path, hints.labels);
  const NpyHeader& header = arrays.inputs->header();
  Probe probe;
  probe.kind = kind_of(*arrays.inputs);
  probe.records = header.count();
  if (probe.kind == Kind::kImage) {
    const ArrayPictures layout = picture_layout(*arrays.inputs);
    probe.channels = layout.channels;
    probe.height = layout.height;
    probe.width = layout.width;
  } else {
    probe.steps = header.dims[1];
    probe.channels = header.dims[2];
  }
  probe.target = !hints.target.empty()        ? hints.target
                 : arrays.target_name.empty() ? "y"
                                              : arrays.target_name;
  probe.classes = hints.class_names;
  if (arrays.targets == nullptr || !probe.classes.empty()) return probe;
  probe.classes = look_at_targets(*arrays.targets, probe.target_is_class);
  sort_class_names(probe.classes);
  return probe;
}

Probe probe_lines() {
  Probe probe;
  probe.kind = Kind::kText;
  probe.target_is_class = false;
  probe.task = "embedding";
  return probe;
}

Probe probe_one(const std::string& path, const Hints& hints) {
  switch (find_file_format(path)) {
    case Format::kPictures:
      return probe_media(path, Media::kPictures, hints);
    case Format::kSounds:
      return probe_media(path, Media::kSounds, hints);
    case Format::kIdx:
      return probe_idx(path, hints);
    case Format::kTable:
      return probe_table(path, hints);
    case Format::kArrays:
      return probe_arrays(path, hints);
    case Format::kSeries:
      return probe_series(path, hints);
    case Format::kLines:
      return probe_lines();
  }
  return {};
}

/// The label file that goes with an IDX picture file by its name, or "".
std::string labels_beside(const std::string& pictures) {
  fs::path path(pictures);
  std::string name = path.filename().string();
  const auto replace = [&](const std::string& from, const std::string& to) {
    const auto at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), to);
    return at != std::string::npos;
  };
  if (!replace("images", "labels")) return "";
  replace("idx3", "idx1");
  replace("idx4", "idx1");
  const fs::path labels = path.parent_path() / name;
  std::error_code ignored;
  return fs::is_regular_file(labels, ignored) ? labels.string() : "";
}

spec::Source source_of(const std::string& path) {
  spec::Source source;
  source.paths = {path};
  if (find_file_format(path) == Format::kIdx) source.labels = labels_beside(path);
  return source;
}

/// A name such as train.csv, train-images or GunPoint_TRAIN.ts, but not one that only begins so, as
/// that of a class of trainers does.
bool is_of_part(const std::string& name, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    const bool starts = name.rfind(word, 0) == 0;
    const bool whole = name.size() == word.size() ||
                       std::isalpha(static_cast<unsigned char>(name[word.size()])) == 0;
    return (starts && whole) || name.find("_" + word + ".") != std::string::npos ||
           name.find("-" + word + ".") != std::string::npos;
  });
}

/// The one entry of a folder that a part's word names, pictures before labels.
std::string find_part(const std::vector<std::string>& names,
                      const std::vector<std::string>& words) {
  for (const auto& name : names) {
    if (is_of_part(lower(name), words) && lower(name).find("label") == std::string::npos) {
      return name;
    }
  }
  return "";
}

}  // namespace

Probe probe_path(const std::string& path, const std::string& target, const std::string& task) {
  Hints hints;
  hints.unlabelled = learns_unlabelled(task);
  hints.csv.missing = spec::Data().missing;
  hints.target = target;
  if (!target.empty()) hints.csv.known_names = {target};
  hints.labels = labels_beside(path);
  Probe probe = probe_one(path, hints);
  if (probe.kind == Kind::kTable &&
      std::find(probe.columns.begin(), probe.columns.end(), probe.target) == probe.columns.end()) {
    throw Error(ExitStatus::kUsage, "there is no column " + target + " in " + path,
                suggest(target, probe.columns));
  }
  if (!task.empty() && !has_classes(task)) probe.classes.clear();
  if (hints.unlabelled) {
    probe.target.clear();
    probe.target_by_place = false;
  }
  return probe;
}

FoundData find_data(const std::string& path) {
  FoundData found;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    found.train = source_of(path);
    return found;
  }
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator at(path, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().filename().string()[0] != '.') names.push_back(at->path().filename().string());
  }
  if (failure) input_error(path, 0, 0, "cannot be read: " + failure.message());
  std::sort(names.begin(), names.end());
  const std::string train = find_part(names, {"train", "training"});
  const std::string validation = find_part(names, {"val", "valid", "validation", "dev"});
  const std::string test = find_part(names, {"test", "testing", "t10k"});
  if (!train.empty()) {
    found.train = source_of((fs::path(path) / train).string());
    if (!validation.empty()) found.validation = source_of((fs::path(path) / validation).string());
    if (!test.empty()) found.test = source_of((fs::path(path) / test).string());
  } else if (names.size() == 1 && !fs::is_directory(fs::path(path) / names[0], ignored)) {
    found.train = source_of((fs::path(path) / names[0]).string());
  } else {
    found.train = source_of(path);
  }
  return found;
}

Probe probe(const spec::Project& project) {
  const auto& data = project.data;
  if (!data.environment.empty()) {
    Probe probe;
    probe.kind = Kind::kEnvironment;
    probe.target_is_class = false;
    probe.task = "reinforcement-learning";
    probe.records = data.episodes;
    return probe;
  }
  if (data.train.paths.empty()) {
    usage_error(project, "data.train", "names no file", "name the training data");
  }
  const std::string path = spec::data_path(project, source_files(project, data.train).front());
  Hints hints;
  hints.csv = csv_options(data);
  hints.target = data.target;
  const auto declared = data.columns.find(data.target);
  if (declared != data.columns.end()) hints.declared_type = declared->second.type;
  if (!data.train.labels.empty()) hints.labels = spec::data_path(project, data.train.labels);
  hints.class_names = data.class_names;
  hints.label_pattern = data.label_pattern;
  hints.sound = data.sound;
  hints.unlabelled = learns_unlabelled(project.task);
  Probe probe = probe_one(path, hints);
  if (probe.kind == Kind::kTable &&
      std::find(probe.columns.begin(), probe.columns.end(), probe.target) == probe.columns.end()) {
    usage_error(project, "data.target", "there is no column " + probe.target + " in " + path,
                suggest(probe.target, probe.columns));
  }
  const MediaColumns media = media_columns(data);
  if (media.given() && probe.kind == Kind::kTable) {
    probe_table_media(path, hints, spec::data_path(project, ""), media, probe);
  }
  if (probe.kind == Kind::kImage && data.picture_size.size() == 2) {
    probe.height = static_cast<std::int64_t>(data.picture_size[0]);
    probe.width = static_cast<std::int64_t>(data.picture_size[1]);
  }
  return probe;
}

}  // namespace dlwork::data
