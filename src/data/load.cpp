#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "data/byte_source.h"
#include "data/media_table.h"
#include "data/problem.h"
#include "data/sources.h"
#include "data/split.h"
#include "data/sqlite_table.h"
#include "data/table_sample.h"
#include "data/target.h"
#include "dlwork/base/text.h"
#include "dlwork/data/dataset.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/data/survey.h"

namespace dlwork::data {
namespace {

constexpr spec::Amount kTestShare{0.2, true};
constexpr spec::Amount kValidationShare{0.1, true};
/// A packed text is taken for so many times its size.
constexpr std::uint64_t kUnpackedShare = 4;

SplitPlan::Method choose_method(const spec::Project& project, const Target& target) {
  const std::string& method = project.data.split.method;
  if (method == "random") return SplitPlan::Method::kRandom;
  if (method == "group") return SplitPlan::Method::kGroup;
  if (method == "time") return SplitPlan::Method::kTime;
  if (method == "stratified" && !(target.given() && target.is_class)) {
    usage_error(project, "data.split.method",
                std::string("stratified needs classes, but ") +
                    (target.given()          ? "the task is regression"
                     : !target.texts.empty() ? "the target is a text"
                                             : "the samples have no target"),
                "use random, group or time");
  }
  if (!target.given()) return SplitPlan::Method::kRandom;
  return target.is_class ? SplitPlan::Method::kStratified : SplitPlan::Method::kRandom;
}

/// Numbers the distinct values of a column in their order: numbers by value, texts by text, which
/// is also the order of ISO dates.
std::vector<std::int64_t> ranks(const Column& column) {
  std::vector<std::int64_t> result(column.count(), -1);
  if (column.type == ColumnType::kNumber) {
    std::map<double, std::int64_t> places;
    for (const double value : column.numbers) {
      if (!std::isnan(value)) places.emplace(value, 0);
    }
    std::int64_t next = 0;
    for (auto& [value, place] : places) place = next++;
    for (std::size_t row = 0; row < result.size(); ++row) {
      if (!std::isnan(column.numbers[row])) result[row] = places.at(column.numbers[row]);
    }
    return result;
  }
  std::vector<std::size_t> order(column.categories.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return column.categories[a] < column.categories[b];
  });
  std::vector<std::int64_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<std::int64_t>(i);
  for (std::size_t row = 0; row < result.size(); ++row) {
    if (column.codes[row] >= 0) result[row] = place[column.codes[row]];
  }
  return result;
}

std::vector<std::int64_t> split_keys(const spec::Project& project, const Raw& raw,
                                     SplitPlan::Method method,
                                     const std::vector<std::int64_t>& rows) {
  if (method == SplitPlan::Method::kRandom) return {};
  const auto& codes = raw.samples.target.codes;
  if (method == SplitPlan::Method::kStratified) return {codes.begin(), codes.end()};
  auto keys = ranks(*raw.split_column);
  for (const auto row : rows) {
    if (keys[row] >= 0) continue;
    input_error(raw.paths[raw.samples.file_index[row]], raw.samples.record[row], 0,
                "the column " + project.data.split.column +
                    " is missing, so the row cannot be "
                    "split by " +
                    to_string(method),
                "fill it in, take the row out, or change data.split.method");
  }
  return keys;
}

std::string sizes_text(const Dataset& dataset) {
  std::vector<std::string> sizes;
  for (const auto& rows : dataset.rows) {
    sizes.push_back(grouped(static_cast<std::int64_t>(rows.size())));
  }
  return join(sizes, " / ");
}

/// Labelled rows of each source; what is not labelled goes to `unlabelled`.
std::array<std::vector<std::int64_t>, 3> labelled_rows(const Raw& raw, Dataset& dataset) {
  std::array<std::vector<std::int64_t>, 3> rows;
  const bool has_target = raw.target.count() > 0;
  std::int64_t row = 0;
  for (std::size_t part = 0; part < rows.size(); ++part) {
    for (const std::int64_t end = row + raw.counts[part]; row < end; ++row) {
      const bool is_missing = has_target && raw.target.is_missing(row);
      (is_missing ? dataset.unlabelled : rows[part]).push_back(row);
    }
    if (raw.counts[part] > 0 && rows[part].empty()) {
      throw Error(ExitStatus::kInput,
                  "none of the " + grouped(raw.counts[part]) + " rows of the " +
                      to_string(static_cast<Part>(part)) + " source has a target",
                  "give the source labels, or take it out of the data section");
    }
  }
  return rows;
}

void split(const spec::Project& project, const Raw& raw, Dataset& dataset) {
  const auto& data = project.data;
  auto given = labelled_rows(raw, dataset);
  SplitPlan plan;
  plan.seed = static_cast<std::uint64_t>(project.seed);
  if (data.test.paths.empty()) plan.test = data.test.amount.value_or(kTestShare);
  if (data.validation.paths.empty()) {
    plan.validation = data.validation.amount.value_or(kValidationShare);
  }
  if (!plan.test && !plan.validation) {
    dataset.rows = std::move(given);
    dataset.split = "as in the files: " + sizes_text(dataset);
    return;
  }
  plan.method = choose_method(project, raw.samples.target);
  plan.keys = split_keys(project, raw, plan.method, given[0]);
  dataset.rows = split_rows(std::move(given[0]), plan);
  if (!plan.validation) dataset.rows[1] = std::move(given[1]);
  if (!plan.test) dataset.rows[2] = std::move(given[2]);
  dataset.split_method = to_string(plan.method);
  dataset.split_keys = std::move(plan.keys);
  dataset.split =
      dataset.split_method + ", seed " + std::to_string(project.seed) + ": " + sizes_text(dataset);
}

Dataset finish(const spec::Project& project, const std::string& task, Raw raw) {
  Dataset dataset;
  if (raw.samples.kind != Kind::kText && !learns_unlabelled(task)) {
    raw.samples.target = make_target(project, task, raw);
  }
  split(project, raw, dataset);
  dataset.samples = std::move(raw.samples);
  dataset.fingerprint = data_fingerprint(project, "");
  return dataset;
}

}  // namespace

Dataset split_made(const spec::Project& project, Samples samples) {
  const std::string& method = project.data.split.method;
  if (method == "group" || method == "time") {
    usage_error(project, "data.split.method", method + " needs a column, and there is none",
                "use random");
  }
  Dataset dataset;
  Raw raw;
  raw.counts[0] = samples.count;
  raw.samples = std::move(samples);
  split(project, raw, dataset);
  dataset.samples = std::move(raw.samples);
  dataset.fingerprint = data_fingerprint(project, "");
  return dataset;
}

Dataset load_dataset(const spec::Project& project, const std::string& task, RunContext& run) {
  return finish(project, task, read_sources(project, task, run, nullptr));
}

Dataset load_with_facts(const spec::Project& project, const std::string& task, RunContext& run,
                        FileFacts& facts) {
  return finish(project, task, read_sources(project, task, run, &facts));
}

Samples load_new(const spec::Project& project, const std::string& task, RunContext& run,
                 FileFacts& facts) {
  facts.targets_optional = true;
  Raw raw = read_sources(project, task, run, &facts);
  if (count_labelled(raw.target) > 0) raw.samples.target = code_target(project, task, raw);
  return std::move(raw.samples);
}

std::uint64_t table_bytes(const spec::Project& project) {
  if (media_columns(project.data).given()) return 0;
  std::uint64_t bytes = 0;
  for (const auto* source : {&project.data.train, &project.data.validation, &project.data.test}) {
    for (const auto& name : source_files(project, *source)) {
      std::string path = spec::data_path(project, name);
      // What a query takes is not known before it ran; the database says how much it can be.
      if (is_sqlite(path)) path = parse_sqlite(path).file;
      std::error_code problem;
      if (!std::filesystem::is_regular_file(path, problem)) return 0;
      const ByteSource file(path);
      bytes += file.file_size() * (file.compressed() ? kUnpackedShare : 1);
    }
  }
  if (bytes == 0 || project.data.train.paths.empty()) return 0;
  const std::string first = source_files(project, project.data.train).front();
  return find_file_format(spec::data_path(project, first)) == Format::kTable ? bytes : 0;
}

Dataset load_sample(const spec::Project& project, const std::string& task, std::int64_t rows,
                    RunContext& run, Survey& survey) {
  check_task(project, task, Format::kTable);
  survey = Survey();
  survey.bytes = table_bytes(project);
  return finish(project, task, read_table_sample(project, task, rows, run, survey));
}

}  // namespace dlwork::data
