#include <algorithm>
#include <cmath>
#include <numeric>

#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "phase/audit/check.h"
#include "phase/audit/goal_share.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr Part kParts[] = {Part::kTrain, Part::kValidation, Part::kTest};
/// The figure the test part is judged at where the goal gives none.
constexpr double kUsualTarget = 0.9;
constexpr std::size_t kFewestResiduals = 30;

void add_size_table(Audit& audit) {
  artefact::Table table{"parts", "Samples", {"part", "samples"}, {false, true}, {}, ""};
  for (const Part part : kParts) {
    table.rows.push_back({data::to_string(part), grouped(audit.population(part))});
  }
  table.note = audit.data.split + (audit.survey != nullptr ? " of the rows drawn" : "");
  audit.result.tables.push_back(std::move(table));
}

/// Training samples of each class, those that were not drawn included.
Json class_sizes(const Audit& audit) {
  Json sizes = Json::object();
  const auto counts = class_counts(audit.target(), audit.train());
  for (std::size_t c = 0; c < counts.size(); ++c) {
    sizes[audit.target().classes[c]] = std::llround(audit.of_all(Part::kTrain, counts[c]));
  }
  return sizes;
}

void report_sizes(Audit& audit) {
  std::vector<std::string> sizes;
  Json evidence = {{"table", "parts"},
                   {"split", audit.data.split},
                   {"without_target", audit.data.unlabelled.size()}};
  for (const Part part : kParts) {
    const std::int64_t count = audit.population(part);
    sizes.push_back(grouped(count) + " in the " + data::to_string(part) + " part");
    evidence[data::to_string(part)] = count;
  }
  Json classes = class_sizes(audit);
  if (!classes.empty()) evidence["training_classes"] = std::move(classes);
  audit.add("data-sizes", Severity::kInfo, "samples: " + join_words(sizes), std::move(evidence));
}

}  // namespace

bool goal_is_share(const Audit& audit) {
  const auto& metric = goal_metric(audit.context);
  return metric.higher_is_better && metric.best == 1.0;
}

void check_sizes(Audit& audit) {
  add_size_table(audit);
  report_sizes(audit);
  const auto all = static_cast<std::int64_t>(
      audit.train().size() + audit.rows(Part::kValidation).size() + audit.rows(Part::kTest).size());
  const std::int64_t expected = audit.context.project.data.expect.rows;
  if (all < expected) {
    auto& finding = audit.add(
        "rows-missing", Severity::kError,
        grouped(all) + " labelled samples, but data.expect.rows says " + grouped(expected),
        {{"samples", all}, {"expected", expected}});
    finding.key = "data.expect.rows";
  }
  for (const Part part : kParts) {
    if (!audit.rows(part).empty()) continue;
    audit.add("part-empty", Severity::kError, "the " + data::to_string(part) + " part is empty",
              {{"part", data::to_string(part)}});
  }
}

void check_unlabelled(Audit& audit) {
  const auto& rows = audit.data.unlabelled;
  if (rows.empty()) return;
  audit.leave_out(rows, "missing-target");
  audit.add("missing-target", Severity::kError,
            grouped(static_cast<std::int64_t>(rows.size())) + " samples have no " +
                (audit.samples().target.name.empty() ? "label" : audit.samples().target.name) +
                ", the first at " + audit.samples().where(rows.front()),
            {{"samples", rows.size()}, {"rows", audit.places(rows)}});
}

void check_test_size(Audit& audit) {
  const auto& limits = audit.limits();
  const std::int64_t count = audit.population(Part::kTest);
  if (count == 0) return;
  const double goal = audit.context.project.goal.target.value_or(kUsualTarget);
  const double target = goal_is_share(audit) && goal > 0 && goal < 1 ? goal : kUsualTarget;
  const Interval interval =
      wilson(static_cast<std::int64_t>(std::llround(target * static_cast<double>(count))), count);
  const double half = (interval.high - interval.low) / 2;
  if (half > limits.test_half_width_warn) {
    audit.add("test-size", half > limits.test_half_width_error ? Severity::kError : Severity::kWarn,
              "on " + grouped(count) + " test samples a figure of " + pretty_number(target) +
                  " is known to within " + pretty_number(half, 2) + " only (95 %)",
              {{"test_samples", count}, {"figure", target}, {"half_width", half}});
  }
  const auto counts = class_counts(audit.target(), audit.rows(Part::kTest));
  std::vector<std::string> few;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double tests = audit.of_all(Part::kTest, counts[c]);
    if (tests < limits.test_samples_class) {
      few.push_back(audit.samples().target.classes[c] + " (" + std::to_string(std::llround(tests)) +
                    ")");
    }
  }
  if (few.empty() && static_cast<double>(count) >= limits.test_samples) return;
  audit.add("split-size", Severity::kWarn,
            few.empty() ? "the test part has only " + grouped(count) + " samples"
                        : "fewer than " + pretty_number(limits.test_samples_class) +
                              " test samples of " + join_words(few),
            {{"test_samples", count}, {"few", few}});
}

/// How well the test part will know a number's error, by the spread of the out-of-fold residuals:
/// the standard error of a mean square is sqrt((kurtosis - 1) / n) of it, of its root half that.
void check_test_error(Audit& audit) {
  const auto& limits = audit.limits();
  const auto count = static_cast<double>(audit.population(Part::kTest));
  const Predictions& predictions = audit.facts.predictions();
  if (count == 0 || predictions.rows.size() < kFewestResiduals) return;
  std::vector<double> sizes, squares;
  for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
    const double residual = audit.target().values[predictions.rows[i]] -
                            predictions.best().outputs.row(static_cast<std::int64_t>(i))[0];
    sizes.push_back(std::abs(residual));
    squares.push_back(residual * residual);
  }
  const bool absolute = audit.context.metric() == "mae";
  const auto& errors = absolute ? sizes : squares;
  const double middle = mean(errors);
  if (!(middle > 0)) return;
  const double relative = standard_deviation(errors) / middle * (absolute ? 1 : 0.5);
  const double z = normal_quantile(0.975);
  const double half = z * relative / std::sqrt(count);
  audit.result.values["test_half_width_relative"] = half;
  if (half <= limits.test_relative_warn) return;
  const double needed = std::ceil(std::pow(z * relative / limits.test_relative_warn, 2));
  audit.add("test-size", half > limits.test_relative_error ? Severity::kError : Severity::kWarn,
            "on " + grouped(static_cast<std::int64_t>(count)) + " test samples the " +
                (absolute ? "mean absolute" : "root mean squared") + " error is known to within " +
                percent(half) + " of itself only (95 %); " + percent(limits.test_relative_warn) +
                " needs " + grouped(static_cast<std::int64_t>(needed)),
            {{"test_samples", count},
             {"half_width_relative", half},
             {"samples_needed", needed},
             {"model", predictions.best().model}});
}

void check_row_order(Audit& audit) {
  const data::Target& target = audit.samples().target;
  // The training part keeps the files' order; shuffling happens later, in training.
  const auto& rows = audit.train();
  if (rows.size() < 50) return;
  std::string how;
  Json evidence;
  if (target.is_class) {
    std::vector<std::int32_t> codes;
    for (const auto row : rows) codes.push_back(target.codes[row]);
    const double z = runs_z(codes, target.classes.size());
    if (z >= -audit.limits().order_runs_z) return;
    evidence = {{"runs_z", z}};
    how = "rows of the same class stand together in the files (runs test z " + pretty_number(z, 3) +
          ")";
  } else {
    std::vector<double> values, places;
    for (const auto row : rows) {
      values.push_back(target.values[row]);
      places.push_back(static_cast<double>(row));
    }
    const double rho = spearman(values, places);
    if (std::abs(rho) <= audit.limits().order_correlation) return;
    evidence = {{"rank_correlation", rho}};
    how = "the target goes with the row number (rank correlation " + pretty_number(rho, 3) + ")";
  }
  audit.add("row-order-by-target", Severity::kInfo, how, evidence);
}

}  // namespace dlwork::phase::audit
