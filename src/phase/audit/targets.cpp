#include <algorithm>
#include <cmath>

#include "dlwork/base/contingency.h"
#include "dlwork/base/ranks.h"
#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/transform.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr int kPermutations = 1000;
constexpr std::size_t kFewestTargetRows = 50;
constexpr std::size_t kTenths = 10;
constexpr double kLeastProbability = 1e-6;

std::vector<double> training_targets(const Audit& audit) {
  std::vector<double> values;
  for (const auto row : audit.train()) values.push_back(audit.target().values[row]);
  return values;
}

/// What out-of-fold predictions say of the targets, whose order `order` may change: mean log
/// probability of the class, or correlation with the value.
class Evidence {
 public:
  Evidence(const Audit& audit, const Predictions& predictions) {
    const training::Outputs& outputs = predictions.best().outputs;
    for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
      const float* out = outputs.row(static_cast<std::int64_t>(i));
      if (audit.is_class()) {
        labels_.push_back(audit.target().codes[predictions.rows[i]]);
        for (std::int64_t c = 0; c < outputs.columns; ++c) {
          logs_.push_back(std::log(std::max<double>(out[c], kLeastProbability)));
        }
      } else {
        values_.push_back(audit.target().values[predictions.rows[i]]);
        logs_.push_back(out[0]);
      }
    }
    classes_ = static_cast<std::size_t>(outputs.columns);
    if (labels_.empty()) centre(values_);
    if (labels_.empty()) centre(logs_);
  }

  double of(const std::vector<std::int64_t>& order) const {
    double sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto from = static_cast<std::size_t>(order[i]);
      sum += labels_.empty() ? logs_[i] * values_[from]
                             : logs_[i * classes_ + static_cast<std::size_t>(labels_[from])];
    }
    return sum;
  }

 private:
  static void centre(std::vector<double>& values) {
    const double middle = mean(values);
    for (double& value : values) value -= middle;
  }

  std::vector<std::int32_t> labels_;
  std::vector<double> values_, logs_;
  std::size_t classes_ = 1;
};

}  // namespace

/// The out-of-fold predictions are kept and the targets dealt anew: how often do they fit as well?
void check_learnable(Audit& audit) {
  const Predictions& predictions = audit.facts.predictions();
  if (predictions.rows.size() < kFewestTargetRows) return;
  const Evidence evidence(audit, predictions);
  std::vector<std::int64_t> order(predictions.rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  const double found = evidence.of(order);
  Rng rng(audit.seed(), "audit permutations");
  int as_good = 0;
  for (int i = 0; i < kPermutations; ++i) {
    rng.shuffle(order);
    as_good += evidence.of(order) >= found ? 1 : 0;
  }
  const double p = (1.0 + as_good) / (1 + kPermutations);
  if (p < audit.limits().unlearnable_significance) return;
  audit.add("target-unlearnable", Severity::kError,
            "classical models find no sign that the inputs tell the target (permutation p " +
                pretty_number(p, 2) + ")",
            {{"p", p},
             {"model", predictions.best().model},
             {"samples", predictions.rows.size()},
             {"permutations", kPermutations}});
}

/// Cover and Hart 1967: the error of one nearest neighbour is between the least possible error e*
/// and e* (2 - e* K / (K - 1)); solved for e*, in this representation of the inputs.
void check_reachable(Audit& audit) {
  const auto& goal = audit.context.project.goal;
  const Sampled& sampled = audit.facts.sampled();
  const Graph& graph = audit.facts.neighbours();
  if (graph.k == 0 || graph.rows < static_cast<std::int64_t>(kFewestTargetRows)) return;
  std::int64_t wrong = 0;
  for (std::int64_t row = 0; row < graph.rows; ++row) {
    wrong += sampled.problem.classes[graph.neighbour(row, 0)] != sampled.problem.classes[row];
  }
  const double error = static_cast<double>(wrong) / static_cast<double>(graph.rows);
  const auto classes = static_cast<double>(sampled.problem.outputs);
  const double most = (classes - 1) / classes;
  const double least = most * (1 - std::sqrt(std::max(0.0, 1 - error / most)));
  audit.result.values["least_error_by_neighbours"] = least;
  const bool is_share = audit.context.metric() == "accuracy";
  if (!goal.target || !is_share || 1 - least >= *goal.target) return;
  auto& finding =
      audit.add("target-bayes-bound", Severity::kWarn,
                "by the nearest neighbours' error of " + percent(error) +
                    " no model of these inputs, as they stand, is right on more than " +
                    percent(1 - least) + "; the goal is " + percent(*goal.target),
                {{"neighbour_error", error}, {"least_error", least}, {"samples", graph.rows}});
  finding.key = "goal.target";
}

void check_target_distribution(Audit& audit) {
  const auto values = training_targets(audit);
  if (values.size() < kFewestTargetRows) return;
  const Shape shape = shape_of(values);
  const bool whole = std::all_of(values.begin(), values.end(),
                                 [](double value) { return value == std::floor(value); });
  const bool counts = whole && *std::min_element(values.begin(), values.end()) >= 0;
  if (std::abs(shape.skewness) > audit.limits().target_skew) {
    const double lambda = yeo_johnson_lambda(values);
    audit.add(
        "target-distribution", Severity::kInfo,
        "the target is skewed (" + pretty_number(shape.skewness, 3) +
            (counts ? "); it counts something: a Poisson loss or its logarithm may serve better"
                    : "); the Yeo-Johnson transform with lambda " + pretty_number(lambda, 3) +
                          " mends it"),
        {{"skewness", shape.skewness}, {"lambda", lambda}, {"counts", counts}});
  }
  const Spread spread = spread_of(values);
  const double reach = audit.limits().target_ranges * spread.range();
  Rows far;
  for (const auto row : audit.train()) {
    const double value = audit.target().values[row];
    if (value > spread.upper_quartile + reach || value < spread.lower_quartile - reach) {
      far.push_back(row);
    }
  }
  if (far.empty() || reach <= 0) return;
  audit.add("target-outlier", Severity::kWarn,
            count_of(far.size()) + " targets lie more than " +
                pretty_number(audit.limits().target_ranges) +
                " interquartile ranges out, such as " +
                pretty_number(audit.target().values[far.front()]) + " at " +
                audit.samples().where(far.front()),
            {{"samples", far.size()}, {"rows", audit.places(far)}});
}

void check_label_drift(Audit& audit) {
  const Rows& rows = audit.train();
  if (rows.size() < 10 * kTenths) return;
  double effect = 0, p = 1;
  std::string how;
  if (audit.is_class()) {
    Contingency table(kTenths, audit.target().classes.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      table.add(i * kTenths / rows.size(), static_cast<std::size_t>(audit.target().codes[rows[i]]));
    }
    effect = cramers_v_corrected(table);
    p = chi_square(table).p;
    how =
        "class shares change along the files (Cramer's V of class and tenth of the training rows ";
  } else {
    std::vector<double> places;
    for (const auto row : rows) places.push_back(static_cast<double>(row));
    effect = std::abs(spearman(training_targets(audit), places));
    const double z = effect * std::sqrt(static_cast<double>(rows.size()) - 1);
    p = 2 * normal_cdf(-z);
    how = "the target changes along the files (rank correlation with the row ";
  }
  if (effect <= audit.limits().order_association || p >= audit.limits().prior_significance) return;
  audit.add("label-drift-order", Severity::kInfo, how + pretty_number(effect, 2) + ")",
            {{"effect", effect}, {"p", p}});
}

void check_split_balance(Audit& audit) {
  const auto& classes = audit.target().classes;
  for (const Part part : {Part::kValidation, Part::kTest}) {
    const Rows& rows = audit.rows(part);
    if (rows.empty()) continue;
    Contingency table(2, classes.size());
    for (const auto row : audit.train()) {
      table.add(0, static_cast<std::size_t>(audit.target().codes[row]));
    }
    for (const auto row : rows) table.add(1, static_cast<std::size_t>(audit.target().codes[row]));
    const double effect = cramers_v_corrected(table);
    const ChiSquare test = chi_square(table);
    if (effect <= audit.limits().split_association || test.p >= audit.limits().prior_significance) {
      continue;
    }
    audit.add("prior-shift-split", Severity::kWarn,
              "class shares of the " + data::to_string(part) +
                  " part differ from the training part's (Cramer's V " + pretty_number(effect, 2) +
                  ", chi-square p " + pretty_number(test.p, 2) + ")",
              {{"part", data::to_string(part)},
               {"effect", effect},
               {"chi_square", test.statistic},
               {"p", test.p}});
  }
}

}  // namespace dlwork::phase::audit
