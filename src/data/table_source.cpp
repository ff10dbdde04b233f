#include "data/table_source.h"

#include <algorithm>

#include "data/csv_table.h"
#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void expect_column(const spec::Project& project, const std::string& key, const std::string& name,
                   const CsvFormat& format, const std::string& file) {
  if (contains(format.names, name)) return;
  usage_error(project, key, "there is no column " + name + " in " + file,
              format.header ? suggest(name, format.names)
                            : suggest(name, format.names) +
                                  "; the file seems to have no header line, or set data.header");
}

std::string declared_type(const spec::Data& data, const std::string& name) {
  const auto found = data.columns.find(name);
  return found == data.columns.end() ? "" : found->second;
}

void check_roles(const spec::Project& project, const std::string& task, const CsvFormat& format,
                 const std::string& file) {
  const auto& data = project.data;
  if (data.target.empty()) {
    usage_error(project, "data.target", "names no column, so there is nothing to learn",
                suggest("", format.names));
  }
  expect_column(project, "data.target", data.target, format, file);
  for (const auto& name : data.inputs) {
    expect_column(project, "data.inputs", name, format, file);
    if (name == data.target) {
      usage_error(project, "data.inputs", "names the target " + name, "take it out");
    }
  }
  for (const auto& [name, type] : data.columns) {
    expect_column(project, "data.columns." + name, name, format, file);
    if (type != "number" && type != "category" && type != "ignore") {
      usage_error(project, "data.columns." + name, "'" + type + "' is no type of column",
                  "number, category or ignore");
    }
  }
  const std::string target_type = declared_type(data, data.target);
  if (target_type == "ignore" || (task == "regression" && target_type == "category")) {
    usage_error(project, "data.columns." + data.target,
                "the target of a " + task + " cannot be " +
                    (target_type == "ignore" ? "ignored" : "a category"));
  }
  const bool by_column = data.split.method == "group" || data.split.method == "time";
  if (by_column && data.split.column.empty()) {
    usage_error(project, "data.split.column",
                "names no column, but data.split.method is " + data.split.method,
                suggest("", format.names));
  }
  if (!data.split.column.empty()) {
    expect_column(project, "data.split.column", data.split.column, format, file);
  }
}

/// Input columns in file order, then the target, then the split column. The column that decides
/// the split is no input unless it is named as one: a group or a date of the past says nothing
/// about new ones.
std::vector<WantedColumn> wanted_columns(const spec::Project& project, const std::string& task,
                                         const CsvFormat& format) {
  const auto& data = project.data;
  std::vector<WantedColumn> wanted;
  const auto want = [&](const std::string& name) {
    const std::string type = declared_type(data, name);
    WantedColumn column{name, std::nullopt, ""};
    if (type == "number") column.type = ColumnType::kNumber;
    if (type == "category") column.type = ColumnType::kCategory;
    wanted.push_back(column);
  };
  for (const auto& name : format.names) {
    if (name == data.target || declared_type(data, name) == "ignore") continue;
    if (data.inputs.empty() ? name != data.split.column : contains(data.inputs, name)) want(name);
  }
  if (wanted.empty()) {
    usage_error(project, "data.inputs", "no input column is left beside the target",
                "name at least one, or take its ignore out of data.columns");
  }
  want(data.target);
  if (task == "regression") {
    wanted.back().type = ColumnType::kNumber;
    wanted.back().hint = "correct it, add it to data.missing, or set task: classification";
  }
  if (!data.split.column.empty()) want(data.split.column);
  return wanted;
}

}  // namespace

Raw read_table_sources(const spec::Project& project, const std::string& task, RunContext& run) {
  const auto& data = project.data;
  Raw raw;
  std::vector<std::size_t> part_of_file;
  const spec::Source* const sources[] = {&data.train, &data.validation, &data.test};
  for (std::size_t part = 0; part < 3; ++part) {
    for (const auto& name : sources[part]->paths) {
      raw.samples.files.push_back(name);
      raw.paths.push_back(spec::data_path(project, name));
      part_of_file.push_back(part);
    }
  }
  const CsvOptions options = csv_options(data);
  const CsvFormat format = find_format(raw.paths.front(), options);
  check_roles(project, task, format, raw.paths.front());
  CsvTable table = read_tables(raw.paths, options, wanted_columns(project, task, format), run);
  for (std::size_t f = 0; f < part_of_file.size(); ++f) {
    raw.counts[part_of_file[f]] += table.rows_of_file[f];
  }
  if (!data.split.column.empty()) {
    raw.split_column = std::move(table.columns.back());
    table.columns.pop_back();
  }
  raw.target = std::move(table.columns.back());
  table.columns.pop_back();
  raw.samples.kind = Kind::kTable;
  raw.samples.count = static_cast<std::int64_t>(table.line.size());
  raw.samples.table.rows = raw.samples.count;
  raw.samples.table.columns = std::move(table.columns);
  raw.samples.file_index = std::move(table.file_index);
  raw.samples.record = std::move(table.line);
  return raw;
}

}  // namespace dlwork::data
