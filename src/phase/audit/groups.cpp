#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "dlwork/base/stats.h"
#include "phase/audit/check.h"
#include "phase/audit/extra.h"
#include "phase/audit/stats/calendar.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

/// A group column repeats: between so few groups and a fifth of the samples.
constexpr std::int64_t kFewestGroups = 2;
constexpr std::int64_t kRepeats = 5;
constexpr std::int64_t kFewestForGap = 5;
constexpr std::size_t kMostUnused = 50;

bool has_word(const std::string& name, std::initializer_list<const char*> words) {
  const std::string text = lower(name);
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

bool named_like_group(const std::string& name) {
  return has_word(name, {"patient", "subject", "speaker", "user", "person", "customer", "session",
                         "group", "site", "batch", "device", "household", "animal", "plot"});
}

bool named_like_time(const std::string& name) {
  return has_word(name, {"date", "time", "year", "month", "timestamp"});
}

/// Numbers of the groups a column makes, by sample; -1 where missing.
struct Groups {
  std::string name;
  std::vector<std::int32_t> of;
  std::int64_t count = 0;
  bool declared = false;
};

std::string key_of(const Column& column, std::int64_t row) {
  return column.type == data::ColumnType::kNumber ? number_text(column.numbers[row])
                                                  : column.categories[column.codes[row]];
}

Groups groups_of(const Column& column, std::int64_t rows, bool declared) {
  Groups groups{column.name, std::vector<std::int32_t>(static_cast<std::size_t>(rows), -1), 0,
                declared};
  std::map<std::string, std::int32_t> known;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (column.is_missing(row)) continue;
    groups.of[row] =
        known.emplace(key_of(column, row), static_cast<std::int32_t>(known.size())).first->second;
  }
  groups.count = static_cast<std::int64_t>(known.size());
  return groups;
}

/// Times of a column, by sample; NaN where there is none.
std::vector<double> times_of(const Column& column, std::int64_t rows) {
  if (column.type == data::ColumnType::kNumber) return column.numbers;
  std::vector<double> times(static_cast<std::size_t>(rows), NAN);
  for (std::int64_t row = 0; row < rows; ++row) {
    if (column.codes[row] < 0) continue;
    const auto day = parse_day(trim(column.categories[column.codes[row]]));
    if (day && day->exists) times[row] = static_cast<double>(day->number());
  }
  return times;
}

bool holds_times(const Column& column, const std::vector<double>& times) {
  const auto given =
      std::count_if(times.begin(), times.end(), [](double time) { return !std::isnan(time); });
  return named_like_time(column.name) &&
         static_cast<double>(given) >= 0.9 * static_cast<double>(times.size());
}

void report_shared(Audit& audit, const Groups& groups, Part part) {
  std::set<std::int32_t> train;
  for (const auto row : audit.train()) train.insert(groups.of[row]);
  Rows shared;
  std::set<std::int32_t> which;
  for (const auto row : audit.rows(part)) {
    if (groups.of[row] < 0 || train.count(groups.of[row]) == 0) continue;
    shared.push_back(row);
    which.insert(groups.of[row]);
  }
  if (shared.empty()) return;
  auto& finding =
      audit.add("leak-group-overlap", groups.declared ? Severity::kError : Severity::kWarn,
                count_of(which.size()) + " groups of column " + groups.name +
                    " are in the training part and "
                    "in the " +
                    data::to_string(part) +
                    " part: " + percent(share_of(shared.size(), audit.rows(part).size())) +
                    " of its samples, the first at " + audit.samples().where(shared.front()),
                {{"column", groups.name},
                 {"part", data::to_string(part)},
                 {"groups", which.size()},
                 {"samples", shared.size()},
                 {"rows", audit.places(shared)}});
  finding.key = "data.split";
}

/// Loss of each sampled row when its fold was left out, folds given.
std::vector<double> losses_by(Audit& audit, const std::vector<std::int32_t>& folds) {
  const auto& problem = audit.facts.sampled().problem;
  const auto model = problem.is_class ? classical::make_logistic() : classical::make_ridge();
  const auto limits = audit_limits(audit.context, "groups");
  return losses_of(out_of_fold(*model, problem, folds, limits), problem);
}

constexpr std::int32_t kEveryFold = -1;

/// What is lost on groups (or times) that training has not seen, beside random folds; judged on all
/// rows, or on those of one fold.
void report_gap(Audit& audit, const std::string& id, const std::string& what,
                const std::vector<std::int32_t>& folds, std::int32_t judged) {
  const auto& problem = audit.facts.sampled().problem;
  const auto all_apart = losses_by(audit, folds);
  const auto all_mixed = losses_by(audit, fold_of_rows(problem, kFolds, audit.seed()));
  std::vector<double> apart, mixed, gaps;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if (judged != kEveryFold && folds[i] != judged) continue;
    apart.push_back(all_apart[i]);
    mixed.push_back(all_mixed[i]);
    gaps.push_back(all_apart[i] - all_mixed[i]);
  }
  // A number's squared error is told as a share of its variance.
  double unit = 1;
  if (!problem.is_class) {
    const double middle = problem.values.cast<double>().mean();
    unit = std::max(1e-300, (problem.values.cast<double>().array() - middle).square().mean());
  }
  const double gap = mean(gaps) / unit;
  const double error =
      standard_deviation(gaps) / unit / std::sqrt(static_cast<double>(gaps.size()));
  if (gap <= audit.limits().gap_error || gap <= audit.limits().gap_deviations * error) return;
  const std::string& method = audit.context.project.data.split.method;
  const bool at_random = method != "group" && method != "time";
  audit.add(id, at_random ? Severity::kError : Severity::kInfo,
            "on " + what + " a linear model errs by " + percent(gap) +
                " more than on random folds (" + percent(mean(mixed) / unit) + " to " +
                percent(mean(apart) / unit) + ")" +
                (at_random ? ", and the split is at random" : ""),
            {{"gap", gap},
             {"standard_error", error},
             {"random", mean(mixed) / unit},
             {"apart", mean(apart) / unit},
             {"samples", gaps.size()}});
}

void check_group_column(Audit& audit, const Groups& groups) {
  for (const Part part : {Part::kValidation, Part::kTest}) report_shared(audit, groups, part);
  if (groups.count < kFewestForGap) return;
  std::vector<std::int32_t> folds;
  for (const auto row : audit.facts.sampled().rows) folds.push_back((groups.of[row] + 1) % kFolds);
  report_gap(audit, "leak-group-gap", "groups of column " + groups.name + " it has not seen", folds,
             kEveryFold);
}

void check_time_column(Audit& audit, const Column& column, const std::vector<double>& times,
                       bool declared) {
  const auto of = [&](Part part) {
    std::vector<double> values;
    for (const auto row : audit.rows(part)) {
      if (!std::isnan(times[row])) values.push_back(times[row]);
    }
    return values;
  };
  const auto train = of(Part::kTrain), test = of(Part::kTest);
  if (train.empty() || test.empty()) return;
  const double last = *std::max_element(train.begin(), train.end());
  const auto early = static_cast<std::size_t>(
      std::count_if(test.begin(), test.end(), [&](double time) { return time <= last; }));
  if (early == 0) return;
  audit
      .add("leak-time-overlap", declared ? Severity::kError : Severity::kInfo,
           percent(share_of(early, test.size())) +
               " of the test part are not later than the last "
               "training sample by column " +
               column.name,
           {{"column", column.name}, {"samples", early}})
      .key = "data.split";
  const Rows& rows = audit.facts.sampled().rows;
  std::vector<double> sampled;
  for (const auto row : rows) sampled.push_back(times[row]);
  const auto cuts = spread_of(train);
  std::vector<std::int32_t> folds;  // the last quarter on one side, as it is in use
  for (const double time : sampled) folds.push_back(time > cuts.upper_quartile ? 1 : 0);
  const auto later = std::count(folds.begin(), folds.end(), 1);
  if (later < 30 || later > static_cast<std::ptrdiff_t>(folds.size()) - 30) return;
  report_gap(audit, "leak-time-gap", "times of column " + column.name + " it has not seen", folds,
             1);
}

}  // namespace

void check_groups_and_times(Audit& audit) {
  const auto& split = audit.context.project.data.split;
  auto names = unused_columns(audit.context);
  if (names.empty() || names.size() > kMostUnused) return;
  const data::Table table = read_columns(audit.context, names);
  const std::int64_t rows = audit.samples().count;
  for (const Column& column : table.columns) {
    const bool declared = column.name == split.column;
    const auto times = times_of(column, rows);
    if ((declared && split.method == "time") || (!declared && holds_times(column, times))) {
      check_time_column(audit, column, times, declared);
      continue;
    }
    const Groups groups = groups_of(column, rows, declared);
    const bool repeats = groups.count >= kFewestGroups && groups.count * kRepeats <= rows;
    if (declared || (repeats && named_like_group(column.name))) check_group_column(audit, groups);
  }
}

}  // namespace dlwork::phase::audit
