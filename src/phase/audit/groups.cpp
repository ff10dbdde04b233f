#include <algorithm>
#include <cmath>
#include <set>

#include "dlwork/base/stats.h"
#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

/// Groups (fewer leave nothing to compare) and later samples that a gap is told of.
constexpr std::int64_t kFewestForGap = 5;
constexpr std::ptrdiff_t kFewestLater = 30;

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
                    (groups.is_input ? ", which is an input," : "") +
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
void report_gap(Audit& audit, const std::string& id, const std::string& what, bool is_input,
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
  // Of an input only its name or its values say that new ones are to come.
  const Severity severity = !at_random ? Severity::kInfo
                            : is_input ? Severity::kWarn
                                       : Severity::kError;
  audit.add(id, severity,
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

void check_groups(Audit& audit, const Groups& groups) {
  for (const Part part : {Part::kValidation, Part::kTest}) report_shared(audit, groups, part);
  if (groups.count < kFewestForGap) return;
  std::vector<std::int32_t> folds;
  for (const auto row : audit.facts.sampled().rows) folds.push_back((groups.of[row] + 1) % kFolds);
  report_gap(audit, "leak-group-gap", "groups of column " + groups.name + " it has not seen",
             groups.is_input, folds, kEveryFold);
}

void check_order(Audit& audit, const Times& times) {
  const auto of = [&](Part part) {
    std::vector<double> values;
    for (const auto row : audit.rows(part)) {
      if (!std::isnan(times.of[row])) values.push_back(times.of[row]);
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
      .add("leak-time-overlap", times.declared ? Severity::kError : Severity::kInfo,
           percent(share_of(early, test.size())) +
               " of the test part are not later than the last "
               "training sample by column " +
               times.name,
           {{"column", times.name}, {"samples", early}})
      .key = "data.split";
  const auto cuts = spread_of(train);
  std::vector<std::int32_t> folds;  // the last quarter on one side, as it is in use
  for (const auto row : audit.facts.sampled().rows) {
    folds.push_back(times.of[row] > cuts.upper_quartile ? 1 : 0);
  }
  const auto later = std::count(folds.begin(), folds.end(), 1);
  if (later < kFewestLater || later > static_cast<std::ptrdiff_t>(folds.size()) - kFewestLater) {
    return;
  }
  report_gap(audit, "leak-time-gap", "times of column " + times.name + " it has not seen",
             times.is_input, folds, 1);
}

}  // namespace

void check_groups_and_times(Audit& audit) {
  const Groupings& found = audit.facts.groupings();
  for (const Groups& groups : found.groups) check_groups(audit, groups);
  for (const Times& times : found.times) check_order(audit, times);
}

}  // namespace dlwork::phase::audit
