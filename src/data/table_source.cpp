#include "data/table_source.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "data/media_table.h"
#include "data/problem.h"
#include "data/read_tables.h"
#include "data/survey_pass.h"
#include "data/table_sample.h"
#include "data/target.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void expect_column(const spec::Project& project, const std::string& key, const std::string& name,
                   const TableFile& table) {
  if (contains(table.names, name)) return;
  const bool headerless = table.format == TableFormat::kCsv && !table.csv.header;
  usage_error(
      project, key, "there is no column " + name + " in " + table.path,
      suggest(name, table.names) +
          (headerless ? "; the file seems to have no header line, or set data.header" : ""));
}

spec::ColumnOptions declared(const spec::Data& data, const std::string& name) {
  const auto found = data.columns.find(name);
  return found == data.columns.end() ? spec::ColumnOptions() : found->second;
}

bool is_carried_type(const std::string& type) {
  return type == "text" || type == "id" || type == "group" || type == "weight";
}

/// True values of what another column guesses, which the network must not see.
bool is_truth(const spec::Data& data, const std::string& name) {
  return !declared(data, name).truth_of.empty();
}

void check_truth(const spec::Project& project, const std::string& name, const TableFile& table) {
  const auto& data = project.data;
  const std::string key = "data.columns." + name + ".truth_of";
  const std::string guess = declared(data, name).truth_of;
  expect_column(project, key, guess, table);
  const std::string type = declared(data, guess).type;
  if (declared(data, name).type == "ignore") {
    usage_error(project, "data.columns." + name, "is ignored, but is the truth of " + guess,
                "take out one of the two");
  }
  if (guess == name || guess == data.target || type == "ignore" || is_carried_type(type) ||
      is_truth(data, guess)) {
    usage_error(project, key, "names " + guess + ", which is no input",
                "name the column that is guessed");
  }
}

void check_target(const spec::Project& project, const std::string& task) {
  const auto& data = project.data;
  const std::string type = declared(data, data.target).type;
  const bool is_written = writes_texts(task);
  const bool no_target = type == "ignore" || type == "datetime" || is_media_type(type) ||
                         (is_carried_type(type) && !(is_written && type == "text"));
  if (is_truth(data, data.target)) {
    usage_error(project, "data.columns." + data.target + ".truth_of",
                "the target is what the last stage guesses", "take it out");
  }
  const bool no_number = type == "category" || type == "boolean";
  const bool no_text = type == "number" || type == "integer" || type == "boolean";
  if (no_target || (task == spec::tasks::regression && no_number) || (is_written && no_text)) {
    usage_error(project, "data.columns." + data.target,
                "the target of a " + task + " cannot be of type " + type);
  }
}

void check_roles(const spec::Project& project, const std::string& task, const TableFile& table,
                 const FileFacts* facts) {
  const auto& data = project.data;
  if (data.target.empty() && !learns_unlabelled(task)) {
    usage_error(project, "data.target", "names no column, so there is nothing to learn",
                table.labels.empty() ? suggest("", table.names)
                                     : "set it to " + table.names.back() + ", as the column of " +
                                           table.labels + " is called");
  }
  const bool has_target = contains(table.names, data.target) || !targets_optional(task, facts);
  if (has_target) expect_column(project, "data.target", data.target, table);
  for (const auto& name : data.inputs) {
    expect_column(project, "data.inputs", name, table);
    if (name == data.target) {
      usage_error(project, "data.inputs", "names the target " + name, "take it out");
    }
    const std::string type = declared(data, name).type;
    if (type == "ignore" || is_carried_type(type)) {
      usage_error(project, "data.inputs", "names " + name + ", which is of type " + type,
                  "such columns are no input; take it out, or give it another type");
    }
    if (is_truth(data, name)) {
      usage_error(project, "data.inputs",
                  "names " + name + ", which holds the truth of another column",
                  "take it out: a network that saw it would only repeat it");
    }
  }
  for (const auto& [name, column] : data.columns) {
    expect_column(project, "data.columns." + name, name, table);
    if (!column.truth_of.empty()) check_truth(project, name, table);
    const std::string media = media_columns(data).type;
    if (is_media_type(column.type) && column.type != media) {
      usage_error(project, "data.columns." + name,
                  "is of type " + column.type + ", beside a column of type " + media,
                  "samples are of one kind; set one of the two to ignore");
    }
  }
  if (has_target) check_target(project, task);
  if (!data.split.column.empty()) {
    expect_column(project, "data.split.column", data.split.column, table);
  }
}

std::optional<Meaning> meaning_of(const std::string& type) {
  for (int m = 0; m <= static_cast<int>(Meaning::kWeight); ++m) {
    if (to_string(static_cast<Meaning>(m)) == type) return static_cast<Meaning>(m);
  }
  return std::nullopt;
}

WantedColumn wanted_column(const spec::Data& data, const std::string& name) {
  const spec::ColumnOptions options = declared(data, name);
  WantedColumn wanted;
  wanted.name = name;
  wanted.meaning = meaning_of(options.type);
  wanted.missing = options.missing;
  if (options.format == "day-first") wanted.order = DateOrder::kDayFirst;
  if (options.format == "month-first") wanted.order = DateOrder::kMonthFirst;
  return wanted;
}

/// What is asked of the files, and for what.
struct Plan {
  std::vector<WantedColumn> wanted;
  std::size_t inputs = 0;  ///< the first of them; then those carried, the target, the split column
  bool has_target = true;
  std::string split_column;  ///< "": none beside those
  MediaColumns media;        ///< then the only inputs, in the order of the table
};

/// The column of the split: the one that is named, else the one of the type that the method needs.
std::string split_column(const spec::Data& data) {
  const std::string& method = data.split.method;
  if (!data.split.column.empty() || (method != "group" && method != "time"))
    return data.split.column;
  for (const auto& [name, column] : data.columns) {
    if (column.type == (method == "group" ? "group" : "datetime")) return name;
  }
  return "";
}

/// Input columns in file order, then what is carried, the target and the split column. The column
/// that decides the split is no input unless it is named as one: a group or a date of the past says
/// nothing about new ones.
Plan make_plan(const spec::Project& project, const std::string& task, const TableFile& table) {
  const auto& data = project.data;
  Plan plan;
  plan.split_column = split_column(data);
  const bool by_column = data.split.method == "group" || data.split.method == "time";
  if (by_column && plan.split_column.empty()) {
    usage_error(project, "data.split.column",
                "names no column, but data.split.method is " + data.split.method,
                suggest("", table.names));
  }
  const MediaColumns media = media_columns(data);
  plan.media.type = media.type;
  std::vector<WantedColumn> carried;
  for (const auto& name : table.names) {
    const std::string type = declared(data, name).type;
    if (name == data.target || type == "ignore") continue;
    if (is_carried_type(type) || is_truth(data, name)) {
      carried.push_back(wanted_column(data, name));
    } else if (media.given()) {
      if (!media.has(name)) continue;
      plan.media.names.push_back(name);
      plan.wanted.push_back(wanted_column(data, name));
      plan.wanted.back().meaning = Meaning::kText;
      plan.wanted.back().lists = media.type == "sequence";
    } else if (data.inputs.empty() ? name != plan.split_column : contains(data.inputs, name)) {
      plan.wanted.push_back(wanted_column(data, name));
    }
  }
  plan.inputs = plan.wanted.size();
  if (plan.inputs == 0) {
    usage_error(project, "data.inputs", "no input column is left beside the target",
                "name at least one, or take its ignore out of data.columns");
  }
  plan.wanted.insert(plan.wanted.end(), carried.begin(), carried.end());
  plan.has_target = contains(table.names, data.target);
  if (plan.has_target) plan.wanted.push_back(wanted_column(data, data.target));
  if (plan.has_target && task == spec::tasks::regression) {
    WantedColumn& target = plan.wanted.back();
    if (!target.meaning) target.meaning = Meaning::kNumber;
    target.hint = "correct it, add it to data.missing, or set task: classification";
  }
  if (plan.has_target && writes_texts(task)) plan.wanted.back().meaning = Meaning::kText;
  if (!plan.split_column.empty()) plan.wanted.push_back(wanted_column(data, plan.split_column));
  return plan;
}

void add_declared(const spec::Data& data, std::vector<Column>& columns) {
  for (Column& column : columns) {
    const spec::ColumnOptions options = declared(data, column.name);
    column.info.declared = meaning_of(options.type).has_value();
    column.info.unit = options.unit;
    if (options.range.size() == 2) {
      column.info.low = options.range[0];
      column.info.high = options.range[1];
    }
  }
}

void take_weights(const spec::Project& project, Column column, Raw& raw) {
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    if (!std::isnan(column.numbers[row])) continue;
    input_error(raw.paths[raw.samples.file_index[row]], raw.samples.record[row], 0,
                "the weight in column " + column.name + " is missing",
                "every row needs a weight; 0 leaves a row out");
  }
  const bool all_zero = std::all_of(column.numbers.begin(), column.numbers.end(),
                                    [](double weight) { return weight == 0; });
  if (all_zero) {
    usage_error(project, "data.columns." + column.name, "every weight is 0, so nothing counts");
  }
  raw.samples.weights = std::move(column.numbers);
}

/// What a truth stands for must have become an input, of its kind.
void check_truths(const spec::Project& project, const Samples& samples) {
  for (const Column& truth : samples.carried.columns) {
    const std::string guess = declared(project.data, truth.name).truth_of;
    if (guess.empty()) continue;
    const std::string key = "data.columns." + truth.name + ".truth_of";
    const Column* input = samples.table.find(guess);
    if (input == nullptr) {
      usage_error(project, key, "names " + guess + ", which is no input",
                  "name the column that is guessed");
    }
    if (input->type != truth.type) {
      usage_error(project, key,
                  truth.name + " and " + guess + " are not of one kind: numbers and categories",
                  "give both the same type in data.columns");
    }
  }
}

/// Deals the columns to their places. Texts that were found among the inputs are carried.
void deal(const spec::Project& project, Plan plan, std::vector<Column> columns, Raw& raw,
          RunContext& run) {
  add_declared(project.data, columns);
  if (!plan.split_column.empty()) {
    raw.split_column = std::move(columns.back());
    columns.pop_back();
  }
  if (plan.has_target) {
    raw.target = std::move(columns.back());
    columns.pop_back();
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Column& column = columns[i];
    const bool is_text = column.info.meaning == Meaning::kText;
    if (column.info.meaning == Meaning::kWeight) {
      take_weights(project, std::move(column), raw);
    } else if (i >= plan.inputs || is_text) {
      if (i < plan.inputs) texts.push_back(column.name);
      raw.samples.carried.columns.push_back(std::move(column));
    } else {
      raw.samples.table.columns.push_back(std::move(column));
    }
  }
  raw.samples.table.rows = raw.samples.carried.rows = raw.samples.count;
  check_truths(project, raw.samples);
  if (texts.empty() || plan.media.given()) return;
  run.reporter.info("free text is carried but not learned from: " + join_words(texts) +
                    "; data.columns can say category");
  if (raw.samples.table.columns.empty()) {
    usage_error(project, "data.inputs", "the inputs are free text, which tables do not learn from",
                "declare them as category in data.columns if they are few and return");
  }
}

SurveyPlan survey_plan(const spec::Project& project, const Plan& plan,
                       const std::vector<std::size_t>& part_of_file) {
  SurveyPlan survey;
  survey.source_of_file = part_of_file;
  survey.inputs = plan.inputs;
  survey.target = plan.wanted.size() - (plan.split_column.empty() ? 1 : 2);
  constexpr double kNone = std::numeric_limits<double>::infinity();
  for (const WantedColumn& column : plan.wanted) {
    const auto range = declared(project.data, column.name).range;
    survey.ranges.emplace_back(range.size() == 2 ? range[0] : -kNone,
                               range.size() == 2 ? range[1] : kNone);
    survey.categories.push_back(declared(project.data, column.name).categories);
  }
  survey.seed = derive_seed(static_cast<std::uint64_t>(project.seed), "survey");
  return survey;
}

/// Several files named by one pattern or list are one table: all have the columns of the first.
void check_headers(const std::vector<TableFile>& tables, std::size_t begin, std::size_t end) {
  for (std::size_t f = begin + 1; f < end; ++f) {
    for (const auto& name : tables[f].names) {
      if (contains(tables[begin].names, name)) continue;
      input_error(tables[f].path, 1, 0,
                  "has the column " + name + ", which " + tables[begin].path + " has not",
                  "files of one source must have the same columns");
    }
  }
}

/// How the columns of files are read, given how a survey of them would be made.
using ReadColumns =
    std::function<TableColumns(const std::vector<TableFile>& tables, const CsvOptions& options,
                               const std::vector<WantedColumn>& wanted, const SurveyPlan& plan)>;

Raw read_with(const ReadColumns& read, const spec::Project& project, const std::string& task,
              RunContext& run, FileFacts* facts) {
  const auto& data = project.data;
  Raw raw;
  std::vector<std::size_t> part_of_file;
  std::vector<TableFile> tables;
  CsvOptions options = csv_options(data);
  const spec::Source* const sources[] = {&data.train, &data.validation, &data.test};
  for (std::size_t part = 0; part < 3; ++part) {
    const std::size_t begin = tables.size();
    for (const auto& name : source_files(project, *sources[part])) {
      const std::string labels = sources[part]->labels;
      const std::string path = spec::data_path(project, name);
      raw.samples.files.push_back(name);
      raw.paths.push_back(path);
      part_of_file.push_back(part);
      tables.push_back(
          find_table(path, options, labels.empty() ? "" : spec::data_path(project, labels)));
      if (tables.front().format == TableFormat::kCsv) {
        options.header = tables.front().csv.header ? "yes" : "no";
      }
    }
    check_headers(tables, begin, tables.size());
  }
  check_roles(project, task, tables.front(), facts);
  const Plan plan = make_plan(project, task, tables.front());
  TableColumns columns =
      read(tables, options, plan.wanted, survey_plan(project, plan, part_of_file));
  for (std::size_t f = 0; f < part_of_file.size(); ++f) {
    raw.counts[part_of_file[f]] += columns.rows_of_file[f];
  }
  raw.samples.kind = Kind::kTable;
  raw.samples.count = static_cast<std::int64_t>(columns.line.size());
  raw.samples.file_index = std::move(columns.file_index);
  raw.samples.record = std::move(columns.line);
  deal(project, plan, std::move(columns.columns), raw, run);
  if (plan.media.given()) read_table_media(project, plan.media, raw, run, facts);
  return raw;
}

}  // namespace

Raw read_table_sources(const spec::Project& project, const std::string& task, RunContext& run,
                       FileFacts* facts) {
  return read_with([&](const auto& tables, const auto& options, const auto& wanted,
                       const auto&) { return read_tables(tables, options, wanted, run); },
                   project, task, run, facts);
}

Raw read_table_sample(const spec::Project& project, const std::string& task, std::int64_t rows,
                      RunContext& run, Survey& survey) {
  return read_with(
      [&](const auto& tables, const auto& options, const auto& wanted, const auto& plan) {
        return survey_tables(tables, options, wanted, plan, rows, run, survey);
      },
      project, task, run, nullptr);
}

}  // namespace dlwork::data
