#include "data/target.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "data/problem.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::data {
namespace {

/// More distinct fractional numbers than this are measurements, not classes.
constexpr std::size_t kMostFractionalClasses = 100;

std::vector<double> distinct_numbers(const std::vector<double>& values) {
  std::vector<double> distinct;
  for (const double value : values) {
    if (!std::isnan(value)) distinct.push_back(value);
  }
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  return distinct;
}

void classes_from_numbers(const spec::Project& project, const Column& column, Target& target) {
  const auto distinct = distinct_numbers(column.numbers);
  const bool whole = std::all_of(distinct.begin(), distinct.end(),
                                 [](double value) { return value == std::floor(value); });
  if (!whole && distinct.size() > kMostFractionalClasses) {
    usage_error(project, "task",
                "the target " + column.name + " has " +
                    grouped(static_cast<std::int64_t>(distinct.size())) +
                    " different numbers, too many for classes",
                "set task: regression");
  }
  target.classes = number_names(distinct);
  target.codes.reserve(column.numbers.size());
  for (const double value : column.numbers) {
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), value);
    target.codes.push_back(std::isnan(value) ? -1
                                             : static_cast<std::int32_t>(at - distinct.begin()));
  }
}

void classes_from_texts(const Column& column, bool keep_order, Target& target) {
  target.classes = column.categories;
  if (!keep_order) sort_class_names(target.classes);
  std::unordered_map<std::string, std::int32_t> place;
  for (const auto& name : target.classes) {
    place.emplace(name, static_cast<std::int32_t>(place.size()));
  }
  std::vector<std::int32_t> new_code;
  for (const auto& text : column.categories) new_code.push_back(place.at(text));
  target.codes.reserve(column.codes.size());
  for (const auto code : column.codes) target.codes.push_back(code < 0 ? -1 : new_code[code]);
}

std::vector<std::string> texts_of(const Column& column) {
  std::vector<std::string> texts;
  texts.reserve(column.count());
  for (std::int64_t row = 0; row < column.count(); ++row) {
    if (column.is_missing(row)) {
      texts.emplace_back();
    } else if (column.type == ColumnType::kCategory) {
      texts.push_back(column.categories[column.codes[row]]);
    } else {
      texts.push_back(number_text(column.numbers[row]));
    }
  }
  return texts;
}

[[noreturn]] void fail_at(const Raw& raw, std::size_t row, const std::string& message,
                          const std::string& hint) {
  input_error(raw.paths[raw.samples.file_index[row]], raw.samples.record[row], 0, message, hint);
}

void check_expected(const spec::Project& project, const Raw& raw, const Target& target) {
  const auto& expected = project.data.expect.classes;
  if (expected.empty()) return;
  std::vector<bool> known;
  for (const auto& name : target.classes) {
    known.push_back(std::find(expected.begin(), expected.end(), name) != expected.end());
  }
  for (std::size_t row = 0; row < target.codes.size(); ++row) {
    if (target.codes[row] < 0 || known[target.codes[row]]) continue;
    const std::string& name = target.classes[target.codes[row]];
    fail_at(raw, row, "the class '" + name + "' is not among data.expect.classes",
            suggest(name, expected) + " Correct the label, or add the class");
  }
}

void check_classes(const Raw& raw, const Target& target) {
  std::vector<std::int64_t> counts(target.classes.size(), 0);
  for (const auto code : target.codes) {
    if (code >= 0) ++counts[code];
  }
  const auto seen = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  if (seen == 1) {
    const auto only = std::max_element(counts.begin(), counts.end()) - counts.begin();
    input_error(raw.paths.front(), 0, 0,
                "every row has the class '" + target.classes[only] + "' of " + target.name,
                "learning to tell classes apart needs at least two");
  }
}

/// One infinite value makes the mean of the target infinite, and with it every loss.
void check_finite(const Raw& raw, const Target& target) {
  const auto infinite = std::find_if(target.values.begin(), target.values.end(),
                                     [](double value) { return std::isinf(value); });
  if (infinite == target.values.end()) return;
  fail_at(raw, static_cast<std::size_t>(infinite - target.values.begin()),
          "the target " + target.name + " is infinite here, and no model can learn that",
          "correct the value, or leave the cell empty");
}

}  // namespace

void sort_class_names(std::vector<std::string>& names) {
  double value;
  const bool numeric = std::all_of(
      names.begin(), names.end(), [&](const std::string& name) { return parse_cell(name, value); });
  if (!numeric) {
    std::sort(names.begin(), names.end());
    return;
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    double left = 0, right = 0;
    parse_cell(a, left);
    parse_cell(b, right);
    return left != right ? left < right : a < b;
  });
}

std::vector<std::string> number_names(const std::vector<double>& sorted) {
  std::vector<std::string> names;
  for (const double value : sorted) names.push_back(number_text(value));
  return names;
}

bool has_classes(const std::string& task) {
  return task == spec::tasks::classification || task == spec::tasks::similarity;
}

bool writes_texts(const std::string& task) { return task == spec::tasks::transcription; }

std::int64_t count_labelled(const Column& target) {
  std::int64_t labelled = 0;
  for (std::int64_t row = 0; row < target.count(); ++row) {
    labelled += target.is_missing(row) ? 0 : 1;
  }
  return labelled;
}

Target code_target(const spec::Project& project, const std::string& task, const Raw& raw) {
  Target target;
  target.name = raw.target.name;
  target.is_class = has_classes(task);
  if (writes_texts(task)) {
    target.texts = texts_of(raw.target);
    return target;
  }
  if (!target.is_class && raw.target.type == ColumnType::kCategory) {
    usage_error(project, "data.class_names", "names classes, but task is " + task,
                "take the key out, or set task: classification");
  }
  if (!target.is_class) {
    target.values = raw.target.numbers;
    return target;
  }
  if (raw.target.type == ColumnType::kNumber) {
    classes_from_numbers(project, raw.target, target);
  } else {
    classes_from_texts(raw.target, raw.keep_class_order, target);
  }
  return target;
}

Target make_target(const spec::Project& project, const std::string& task, const Raw& raw) {
  if (count_labelled(raw.target) == 0) {
    input_error(raw.paths.front(), 0, 0,
                "the target " + raw.target.name + " is missing in every row",
                "is data.target the right column?");
  }
  Target target = code_target(project, task, raw);
  if (target.is_class) {
    check_expected(project, raw, target);
    check_classes(raw, target);
  } else {
    check_finite(raw, target);
  }
  return target;
}

}  // namespace dlwork::data
