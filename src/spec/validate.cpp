#include "spec/validate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "dlwork/base/text.h"
#include "spec/paths.h"

namespace dlwork::spec {
namespace {

class Validator {
 public:
  Validator(Project& project, const Record& record, const Location& otherwise,
            Diagnostics& problems)
      : project_(project), record_(record), otherwise_(otherwise), problems_(problems) {}

  void run() {
    check_sources();
    check_columns();
    check_expect();
    check_reduce();
    for (auto& [path, dimension] : project_.tune.space) check_dimension(path, dimension);
    check_waivers();
  }

 private:
  void problem(const std::string& path, const std::string& message, const std::string& hint = "") {
    problems_.push_back({record_.place(path, otherwise_), path, message, hint});
  }

  void check_sources() {
    const Data& data = project_.data;
    check_labels("data.train", data.train);
    check_labels("data.validation", data.validation);
    check_labels("data.test", data.test);
    double taken = 0;
    for (const Source* source : {&data.validation, &data.test}) {
      if (source->amount && source->amount->is_fraction) taken += source->amount->value;
    }
    if (taken >= 1) {
      problem("data.validation",
              "validation and test together take " + number_text(taken * 100) +
                  " % of the training data",
              "leave some to learn from");
    }
  }

  void check_labels(const std::string& path, const Source& source) {
    if (!source.labels.empty() && source.paths.size() > 1) {
      problem(path, "labels belong to one file, but there are " +
                        std::to_string(source.paths.size()) + " paths");
    }
  }

  void check_columns() {
    const Data& data = project_.data;
    const std::string& method = data.split.method;
    const bool by_column = method == "group" || method == "time";
    const bool by_pattern =
        method == "group" && data.label_pattern.find("{group}") != std::string::npos;
    if (by_column && data.split.column.empty() && !by_pattern) {
      const std::string type = method == "group" ? "group" : "datetime";
      const auto count = std::count_if(data.columns.begin(), data.columns.end(),
                                       [&](const auto& each) { return each.second.type == type; });
      if (count != 1) {
        problem("data.split.method", method + " needs data.split.column",
                "name the column whose values decide, or give one column the type " + type);
      }
    }
    for (const auto& [name, column] : data.columns) check_column("data.columns." + name, column);
    check_single("weight");
    check_single("picture");
    check_single("sound");
    if (!data.picture_size.empty() && data.picture_size.size() != 2) {
      problem("data.picture_size", "needs a height and a width, as [32, 32]");
    }
    const std::string& separator = data.separator;
    if (separator != "auto" && separator != "tab" && separator.size() != 1) {
      problem("data.separator", "must be auto, tab or one character; found '" + separator + "'");
    }
    check_distinct("data.inputs", data.inputs);
    check_distinct("data.class_names", data.class_names);
    const bool target_is_input =
        !data.target.empty() &&
        std::find(data.inputs.begin(), data.inputs.end(), data.target) != data.inputs.end();
    if (target_is_input) {
      problem("data.inputs", "the target '" + data.target + "' is among the inputs");
    }
  }

  void check_reduce() {
    Reduce& reduce = project_.data.reduce;
    reduce.at = record_.place("data.reduce", otherwise_);
    if (reduce.keep < 1 || reduce.keep == std::floor(reduce.keep)) return;
    problem("data.reduce.keep",
            "a count of components is a whole number, found " + number_text(reduce.keep),
            "write a share of the variance below 1, as 0.95");
  }

  void check_column(const std::string& path, const ColumnOptions& column) {
    const auto& range = column.range;
    if (!range.empty() && (range.size() != 2 || range[0] >= range[1])) {
      problem(path, "range needs a least and a greater value, as [0, 120]");
    }
    const bool is_number =
        column.type.empty() || column.type == "number" || column.type == "integer";
    if (!range.empty() && !is_number) {
      problem(path, "has a range, which a column of type " + column.type + " cannot have");
    }
    check_distinct(path + ".categories", column.categories);
    if (!column.categories.empty() && !column.type.empty() && column.type != "category") {
      problem(path, "has categories, which a column of type " + column.type + " cannot have");
    }
    if (!column.format.empty() && column.type != "datetime") {
      problem(path, "has a format, which columns of type datetime have", "add type: datetime");
    }
  }

  void check_single(const std::string& type) {
    std::string first;
    for (const auto& [name, column] : project_.data.columns) {
      if (column.type != type) continue;
      if (!first.empty()) {
        problem("data.columns." + name,
                "is the second column of type " + type + ", after " + first);
      }
      first = name;
    }
  }

  void check_distinct(const std::string& path, const std::vector<std::string>& names) {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (!seen.insert(name).second) problem(path, "names '" + name + "' twice");
    }
  }

  void check_expect() {
    const Expect& expect = project_.data.expect;
    check_distinct("data.expect.classes", expect.classes);
    for (const std::string& combination : expect.combinations) {
      const auto names = combined_columns(combination);
      if (names.size() < 2 || std::find(names.begin(), names.end(), "") != names.end()) {
        problem("data.expect.combinations", "'" + combination + "' does not name two columns",
                "write them as 'site x sex'");
      }
    }
    if (expect.balance.empty()) return;
    constexpr double kRounding = 0.01;  // shares are often given to two digits
    double sum = 0;
    for (const auto& [name, share] : expect.balance) {
      sum += share;
      const auto& classes = expect.classes;
      const bool known = std::find(classes.begin(), classes.end(), name) != classes.end();
      if (classes.empty() || known) continue;
      const std::string near = nearest(name, classes);
      problem("data.expect.balance." + name, "'" + name + "' is not in data.expect.classes",
              near.empty() ? "" : "did you mean '" + near + "'?");
    }
    if (std::abs(sum - 1) > kRounding + 1e-9) {
      problem("data.expect.balance", "the shares sum to " + pretty_number(sum) + ", not to 1");
    }
  }

  void check_dimension(const std::string& key, Dimension& dimension) {
    const std::string path = "tune.space." + key;
    Found target = find_key(project_, key);
    if (target.fault.any()) {
      problem(path, target.fault.message, target.fault.hint);
      return;
    }
    if (target.field == nullptr) return;  // of layers that the analogy is to give
    if (!target.field->is_scalar()) {
      problem(path, "holds more than one value, so it cannot be searched");
      return;
    }
    if (dimension.choices.empty()) {
      check_searched_range(path, dimension, *target.field);
      return;
    }
    if (dimension.low || dimension.high) problem(path, "has both choices and a range");
    for (const Node& choice : dimension.choices) check_value(path, choice, *target.field);
  }

  // Each value that may be tried must be one that the key takes.
  void check_value(const std::string& path, const Node& value, const Field& field) {
    const Fault fault = std::visit(
        [&](auto slot) -> Fault {
          using T = std::decay_t<decltype(slot)>;
          if constexpr (std::is_same_v<T, std::optional<double>*>) {
            double number = 0;
            return read_scalar(field, value, number);
          } else if constexpr (std::is_same_v<T, bool*> || std::is_same_v<T, std::int64_t*> ||
                               std::is_same_v<T, double*> || std::is_same_v<T, std::string*> ||
                               std::is_same_v<T, Duration*> || std::is_same_v<T, Size*>) {
            auto copy = *slot;
            return read_scalar(field, value, copy);
          } else {
            return {};
          }
        },
        field.slot);
    if (!fault.any()) return;
    const Location& at = value.at.line > 0 ? value.at : record_.place(path, otherwise_);
    problems_.push_back({at, path, fault.message, fault.hint});
  }

  void check_searched_range(const std::string& path, Dimension& dimension, const Field& field) {
    const bool whole = std::holds_alternative<std::int64_t*>(field.slot);
    const bool is_number = whole || std::holds_alternative<double*>(field.slot) ||
                           std::holds_alternative<std::optional<double>*>(field.slot);
    if (!is_number) {
      problem(path, "is no number, so it has no range", "give a list of values, as [a, b]");
      return;
    }
    if (!dimension.low || !dimension.high) {
      problem(path, "needs low and high, or a list of values",
              "as {low: 0.001, high: 0.1, log: true} or [a, b]");
      return;
    }
    if (whole) dimension.integer = true;
    const double low = *dimension.low, high = *dimension.high;
    if (low >= high) {
      problem(path,
              "low must be below high, found " + number_text(low) + " and " + number_text(high));
    }
    if (dimension.log && low <= 0) {
      problem(path, "log needs low above 0, found " + number_text(low));
    }
    const bool are_whole = low == std::floor(low) && high == std::floor(high);
    if (dimension.integer && !are_whole) problem(path, "whole numbers need a whole low and high");
    for (const double end : {low, high}) {
      if (field.range.holds(end)) continue;
      problem(path, field.name + " must be " + field.range.text() + ", found " + number_text(end));
    }
  }

  void check_waivers() {
    for (std::size_t i = 0; i < project_.accept.size(); ++i) {
      const Waiver& waiver = project_.accept[i];
      const std::string path = "accept." + std::to_string(i);
      const auto was_given = [&](const char* key) {
        return record_.places.count(path + "." + key) > 0;
      };
      if (was_given("finding") && trim(waiver.finding).empty())
        problem(path + ".finding", "is empty");
      if (was_given("reason") && trim(waiver.reason).empty()) {
        problem(path + ".reason", "is empty", "say why the finding is accepted");
      }
      if (was_given("until") && !is_date(waiver.until)) {
        problem(path + ".until", "expected a day as 2027-01-31, found '" + waiver.until + "'");
      }
    }
  }

  static bool is_date(const std::string& text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (const std::size_t digit : {0, 1, 2, 3, 5, 6, 8, 9}) {
      if (text[digit] < '0' || text[digit] > '9') return false;
    }
    const auto number = [&](std::size_t at, std::size_t size) {
      return static_cast<int>(*parse_integer(text.substr(at, size)));
    };
    return std::chrono::year_month_day(std::chrono::year(number(0, 4)),
                                       std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                       std::chrono::day(static_cast<unsigned>(number(8, 2))))
        .ok();
  }

  Project& project_;
  const Record& record_;
  const Location& otherwise_;
  Diagnostics& problems_;
};

}  // namespace

void validate(Project& project, const Record& record, const Location& otherwise,
              Diagnostics& problems) {
  Validator(project, record, otherwise, problems).run();
}

}  // namespace dlwork::spec
