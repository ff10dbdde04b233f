#include "phase/readiness/goal.h"

#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

using artefact::Finding;
using artefact::Severity;

/// Half the width of a 95 % interval that a figure may have where no incumbent says how finely
/// it has to be told: two points (about 900 test samples at 0.90).
constexpr double kWidestHalf = 0.02;

Finding about(Finding finding, const Context& context, const std::string& key) {
  finding.key = key;
  finding.at.file = context.project.file;
  return finding;
}

Finding missing(const Context& context, const std::string& key, const std::string& message) {
  Finding finding =
      artefact::make_finding("goal-missing", Severity::kError, message, {{"key", key}});
  return about(finding, context, key);
}

/// No target is better than the best there can be: 1 for shares, 0 for errors.
Finding check_range(const Context& context, double target, bool& in_range) {
  const auto& metric = goal_metric(context);
  const bool more = metric.higher_is_better;
  in_range = !metric.best || better_by(context, *metric.best, target) >= 0;
  std::string message = context.metric() + (more ? " is at most " : " is at least ") +
                        pretty_number(metric.best.value_or(0)) + ", but goal.target is " +
                        pretty_number(target);
  if (more && target > 1 && target <= 100) {
    message += " (did you mean " + pretty_number(target / 100) + "?)";
  }
  return about(artefact::make_finding("goal-target-out-of-range", Severity::kError, message,
                                      {{"target", target}, {"metric", context.metric()}}),
               context, "goal.target");
}

void check_incumbent(const Context& context, double target, std::vector<Finding>& findings) {
  const auto& incumbent = context.project.goal.incumbent;
  if (!incumbent || better_by(context, target, *incumbent) > 0) return;
  findings.push_back(about(artefact::make_finding("goal-not-above-incumbent", Severity::kWarn,
                                                  "the target " + pretty_number(target) +
                                                      " is no better than what is reached today, " +
                                                      pretty_number(*incumbent),
                                                  {{"target", target}, {"incumbent", *incumbent}}),
                           context, "goal.target"));
}

/// A share of right answers near the target has, on n test samples, a 95 % interval that must be
/// narrower than the difference it is to show. The same width serves for other scores up to 1.
void check_test_size(Context& context, double target, std::vector<Finding>& findings) {
  const auto& truth = context.dataset().samples.target;
  if (!goal_metric(context).higher_is_better || !truth.given() || !truth.is_class) return;
  const std::int64_t count = context.population(data::Part::kTest);
  if (count == 0 || target < 0) return;
  const auto right = static_cast<std::int64_t>(std::llround(target * static_cast<double>(count)));
  const Interval interval = wilson(right, count);
  const double half = (interval.high - interval.low) / 2;
  const auto& incumbent = context.project.goal.incumbent;
  const double gain = incumbent ? better_by(context, target, *incumbent) : 0;
  const double allowed = gain > 0 ? gain : kWidestHalf;
  if (half <= allowed) return;
  findings.push_back(artefact::make_finding(
      "goal-test-too-small", Severity::kWarn,
      "with " + grouped(count) + " test samples a figure of " + pretty_number(target) +
          " is known to within " + pretty_number(half, 2) + " only (95 %), more than the " +
          (gain > 0 ? "gain over the incumbent, " : "") + pretty_number(allowed, 2),
      {{"test_samples", count}, {"half_width", half}, {"allowed", allowed}}));
}

}  // namespace

std::vector<Finding> check_goal(Context& context) {
  const spec::Goal& goal = context.project.goal;
  std::vector<Finding> findings;
  if (goal.metric.empty()) {
    findings.push_back(
        missing(context, "goal.metric",
                "goal.metric is not set: nothing says what success is measured by; " +
                    context.metric() + " is used meanwhile"));
  }
  if (goal.budget.time.seconds <= 0 && goal.budget.trials <= 0) {
    findings.push_back(
        missing(context, "goal.budget",
                "goal.budget sets neither time nor trials: nothing says when to stop"));
  }
  if (!goal.target) {
    findings.push_back(
        missing(context, "goal.target", "goal.target is not set: no figure says what success is"));
    return findings;
  }
  bool in_range = false;
  const Finding range = check_range(context, *goal.target, in_range);
  if (!in_range) {
    findings.push_back(range);
    return findings;
  }
  check_incumbent(context, *goal.target, findings);
  check_test_size(context, *goal.target, findings);
  return findings;
}

}  // namespace dlwork::phase
