#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "data/csv.h"
#include "data/csv_table.h"
#include "data/idx.h"
#include "data/picture_folder.h"
#include "data/problem.h"
#include "data/sources.h"
#include "data/target.h"
#include "dlwork/base/text.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBytesLooked = 64u << 10;
constexpr std::int64_t kRowsLooked = 1000;
constexpr std::size_t kMostWholeClasses = 20;
constexpr std::size_t kRowsOfClass = 2;

/// What a user says beside the path; all may be empty.
struct Hints {
  CsvOptions csv;
  std::string target;
  std::string declared_type;  ///< of the target: number, category or ""
  std::string labels;         ///< opened path of the IDX label file
  std::vector<std::string> class_names;
};

std::string guess_target(const std::vector<std::string>& columns) {
  static const std::vector<std::string> kUsual{"target",  "label",     "class",    "y",
                                               "outcome", "diagnosis", "category", "response"};
  for (const auto& usual : kUsual) {
    for (const auto& column : columns) {
      if (lower(column) == usual) return column;
    }
  }
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
Column look_at_column(const std::string& path, const CsvFormat& format, const CsvOptions& options,
                      const std::string& name) {
  const auto place = static_cast<std::size_t>(
      std::find(format.names.begin(), format.names.end(), name) - format.names.begin());
  WantedColumn wanted{name, std::nullopt, ""};
  for (;;) {
    ColumnBuilder builder(wanted, options.missing);
    CsvReader reader(path, format.separator, std::max(kBytesLooked, format.names.size() * 4096));
    if (format.header) reader.next();
    for (std::int64_t row = 0; row < kRowsLooked && reader.next(); ++row) {
      if (reader.cells().size() > place) builder.add(reader, place);
    }
    if (!builder.late()) return builder.take();
    wanted.type = ColumnType::kCategory;
  }
}

Probe probe_table(const std::string& path, const Hints& hints) {
  const CsvFormat format = find_format(path, hints.csv);
  Probe probe;
  probe.kind = Kind::kTable;
  probe.columns = format.names;
  probe.target = hints.target.empty() ? guess_target(format.names) : hints.target;
  if (std::find(format.names.begin(), format.names.end(), probe.target) == format.names.end()) {
    return probe;
  }
  const Column column = look_at_column(path, format, hints.csv, probe.target);
  if (column.type == ColumnType::kCategory) {
    probe.target_is_class = hints.declared_type != "number";
    probe.classes = column.categories;
  } else {
    probe.target_is_class = hints.declared_type == "category" || looks_like_classes(column);
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

Probe probe_folder(const std::string& path, const Hints& hints) {
  const PictureList list = list_class_folders(path);
  const PictureSize size = picture_size(list.files.front());
  Probe probe;
  probe.kind = Kind::kImage;
  probe.target = hints.target.empty() ? "class" : hints.target;
  probe.classes = list.classes;
  sort_class_names(probe.classes);
  probe.records = static_cast<std::int64_t>(list.files.size());
  probe.channels = size.channels >= 3 ? 3 : 1;
  probe.height = size.height;
  probe.width = size.width;
  return probe;
}

Probe probe_one(const std::string& path, const Hints& hints) {
  switch (find_file_format(path)) {
    case Format::kFolder:
      return probe_folder(path, hints);
    case Format::kIdx:
      return probe_idx(path, hints);
    case Format::kCsv:
      return probe_table(path, hints);
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

bool starts_with_any(const std::string& name, const std::vector<std::string>& starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](const std::string& start) { return name.rfind(start, 0) == 0; });
}

/// The one entry of a folder whose name starts as a part's does, pictures before labels.
std::string find_part(const std::vector<std::string>& names,
                      const std::vector<std::string>& starts) {
  for (const auto& name : names) {
    if (starts_with_any(lower(name), starts) && lower(name).find("label") == std::string::npos) {
      return name;
    }
  }
  return "";
}

}  // namespace

Probe probe_path(const std::string& path, const std::string& target) {
  Hints hints;
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
  const std::string train = find_part(names, {"train"});
  const std::string validation = find_part(names, {"val", "dev"});
  const std::string test = find_part(names, {"test", "t10k"});
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
  if (data.train.paths.empty()) {
    usage_error(project, "data.train", "names no file", "name the training data");
  }
  const std::string path = spec::data_path(project, data.train.paths.front());
  Hints hints;
  hints.csv = csv_options(data);
  hints.target = data.target;
  const auto declared = data.columns.find(data.target);
  if (declared != data.columns.end()) hints.declared_type = declared->second;
  if (!data.train.labels.empty()) hints.labels = spec::data_path(project, data.train.labels);
  hints.class_names = data.class_names;
  Probe probe = probe_one(path, hints);
  if (probe.kind == Kind::kTable &&
      std::find(probe.columns.begin(), probe.columns.end(), probe.target) == probe.columns.end()) {
    usage_error(project, "data.target", "there is no column " + probe.target + " in " + path,
                suggest(probe.target, probe.columns));
  }
  return probe;
}

}  // namespace dlwork::data
