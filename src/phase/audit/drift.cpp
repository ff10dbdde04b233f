#include <algorithm>
#include <cmath>

#include "dlwork/base/contingency.h"
#include "dlwork/base/ranks.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"
#include "phase/measuring.h"
#include "phase/readiness/features.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

constexpr int kDeciles = 10;
constexpr std::size_t kFewestDriftRows = 30;
/// Cells of the index expected to hold fewer samples than this make it large by chance.
constexpr double kChanceFactor = 3;
constexpr std::int64_t kMostApart = 5000;
constexpr std::size_t kShownColumns = 5;

/// How one column of a part differs from the training part.
struct Difference {
  const Column* column = nullptr;
  double effect = 0;  ///< Kolmogorov-Smirnov distance or Cramer's V
  double p = 1;
  double stability = 0;         ///< population stability index
  double stability_chance = 0;  ///< what it is on average where nothing differs
  double wasserstein = 0;       ///< in training deviations; numbers alone
};

Difference compare_numbers(const Column& column, const Rows& train, const Rows& rows) {
  const auto a = finite_values(column, train), b = finite_values(column, rows);
  Difference result{&column, 0, 1, 0, 0, 0};
  if (a.size() < kFewestDriftRows || b.size() < kFewestDriftRows) return result;
  const auto test = kolmogorov_smirnov(a, b);
  result.effect = test.distance;
  result.p = test.p;
  const double deviation = standard_deviation(a);
  result.wasserstein = deviation > 0 ? wasserstein(a, b) / deviation : 0;
  const auto edges = quantile_edges(a, kDeciles);
  result.stability = stability_index(bin_counts(a, edges), bin_counts(b, edges));
  result.stability_chance = static_cast<double>(edges.size()) *
                            (1 / static_cast<double>(a.size()) + 1 / static_cast<double>(b.size()));
  return result;
}

Difference compare_categories(const Column& column, const Rows& train, const Rows& rows) {
  Contingency table(2, column.categories.size() + 1);
  std::vector<double> a(table.columns(), 0.0), b(table.columns(), 0.0);
  const auto count = [&](const Rows& of, std::size_t side, std::vector<double>& counts) {
    for (const auto row : of) {
      const auto cell = static_cast<std::size_t>(column.codes[row] + 1);
      table.add(side, cell);
      counts[cell] += 1;
    }
  };
  count(train, 0, a);
  count(rows, 1, b);
  const auto used = std::count_if(a.begin(), a.end(), [](double n) { return n > 0; });
  return {&column,
          cramers_v_corrected(table),
          chi_square(table).p,
          stability_index(a, b),
          std::max(0.0, static_cast<double>(used) - 1) *
              (1 / static_cast<double>(train.size()) + 1 / static_cast<double>(rows.size())),
          0};
}

Json evidence_of(const Difference& difference, Part part, double q) {
  Json evidence = {{"part", data::to_string(part)},
                   {"effect", difference.effect},
                   {"q", q},
                   {"stability_index", difference.stability}};
  if (difference.wasserstein > 0) evidence["wasserstein"] = difference.wasserstein;
  return evidence;
}

void report_difference(Audit& audit, const Difference& difference, double q, Part part) {
  const auto& limits = audit.limits();
  const std::string where = " in the " + data::to_string(part) + " part";
  const std::string& name = difference.column->name;
  const bool number = difference.column->type == data::ColumnType::kNumber;
  const bool significant = q < limits.drift_significance;
  if (significant && difference.effect >= limits.drift_effect) {
    audit.add_about(*difference.column, "drift-feature-split", Severity::kWarn,
                    "column " + name + " is distributed otherwise" + where + " (" +
                        (number ? "Kolmogorov-Smirnov " : "Cramer's V ") +
                        pretty_number(difference.effect, 2) + ", q " + pretty_number(q, 2) + ")",
                    evidence_of(difference, part, q));
  }
  if (significant && difference.stability >
                         std::max(limits.psi_info, kChanceFactor * difference.stability_chance)) {
    audit.add_about(*difference.column, "drift-psi",
                    difference.stability > limits.psi_warn ? Severity::kWarn : Severity::kInfo,
                    "the population stability index of column " + name + where + " is " +
                        pretty_number(difference.stability, 2) + " (chance brings " +
                        pretty_number(difference.stability_chance, 2) + ")",
                    evidence_of(difference, part, q));
  }
  if (significant && difference.wasserstein > limits.wasserstein) {
    audit.add_about(*difference.column, "drift-wasserstein", Severity::kInfo,
                    "column " + name + where + " lies " + pretty_number(difference.wasserstein, 2) +
                        " training deviations away (Wasserstein)",
                    evidence_of(difference, part, q));
  }
}

/// Feature j of both parts, as columns of the classical models' matrices.
double distance_of(const Matrix& a, const Matrix& b, std::int64_t j) {
  std::vector<double> left, right;
  for (std::int64_t i = 0; i < a.rows(); ++i) left.push_back(a(i, j));
  for (std::int64_t i = 0; i < b.rows(); ++i) right.push_back(b(i, j));
  return kolmogorov_smirnov(std::move(left), std::move(right)).distance;
}

double gap_share(const Column& column, const Rows& rows) {
  const auto gaps = std::count_if(rows.begin(), rows.end(),
                                  [&](std::int64_t row) { return column.is_missing(row); });
  return share_of(static_cast<std::size_t>(gaps), rows.size());
}

/// What two samples differ in, the strongest first: columns of a table by name, else features by
/// their number.
struct Telling {
  std::string name;
  double distance = 0;
};

std::vector<Telling> telling_of(const Audit& audit, const Rows& a, const Rows& b,
                                const Matrix& left, const Matrix& right) {
  std::vector<Telling> telling;
  if (audit.samples().kind == data::Kind::kTable) {
    for (const Column& column : audit.samples().table.columns) {
      const Difference difference = column.type == data::ColumnType::kNumber
                                        ? compare_numbers(column, a, b)
                                        : compare_categories(column, a, b);
      const double of_gaps = std::abs(gap_share(column, a) - gap_share(column, b));
      telling.push_back({column.name, std::max(difference.effect, of_gaps)});
    }
  } else {
    for (std::int64_t j = 0; j < left.cols(); ++j) {
      telling.push_back({"feature " + std::to_string(j + 1), distance_of(left, right, j)});
    }
  }
  std::stable_sort(telling.begin(), telling.end(),
                   [](const Telling& x, const Telling& y) { return x.distance > y.distance; });
  if (telling.size() > kShownColumns) telling.resize(kShownColumns);
  return telling;
}

struct Separation {
  double curve = 0.5;  ///< area under the curve, out of fold
  Interval interval;
  std::string model;
};

/// Lopez-Paz and Oquab 2017: a classifier that tells two samples apart out of fold shows that they
/// differ. The interval is Hanley and McNeil's (1982).
Separation separate(Audit& audit, const Matrix& a, const Matrix& b) {
  classical::Problem problem;
  problem.outputs = 2;
  problem.features.resize(a.rows() + b.rows(), a.cols());
  problem.features << a, b;
  problem.classes.assign(a.rows(), 0);
  problem.classes.resize(problem.features.rows(), 1);
  const auto limits = audit_limits(audit.context, "two samples");
  const auto folds = fold_of_rows(problem, kFolds, limits.seed);
  std::vector<bool> positive;
  for (const auto code : problem.classes) positive.push_back(code == 1);
  Separation best;
  for (const auto& model : judges(audit.samples(), problem)) {
    const auto outputs = out_of_fold(*model, problem, folds, limits);
    std::vector<double> scores;
    for (std::int64_t i = 0; i < outputs.rows; ++i) scores.push_back(outputs.row(i)[1]);
    const double curve = area_under_curve(scores, positive);
    if (curve <= best.curve && !best.model.empty()) continue;
    best.curve = curve;
    best.model = model->name();
  }
  const double c = best.curve, n = static_cast<double>(a.rows()), m = static_cast<double>(b.rows());
  const double q1 = c / (2 - c), q2 = 2 * c * c / (1 + c);
  const double error = std::sqrt(
      std::max(0.0, c * (1 - c) + (m - 1) * (q1 - c * c) + (n - 1) * (q2 - c * c)) / (n * m));
  const double z = normal_quantile(0.975);
  best.interval = {std::max(0.0, c - z * error), std::min(1.0, c + z * error)};
  return best;
}

}  // namespace

void check_feature_drift(Audit& audit) {
  for (const Part part : {Part::kValidation, Part::kTest}) {
    const Rows& rows = audit.rows(part);
    if (rows.size() < kFewestDriftRows) continue;
    std::vector<Difference> differences;
    std::vector<double> p;
    for (const Column& column : audit.samples().table.columns) {
      differences.push_back(column.type == data::ColumnType::kNumber
                                ? compare_numbers(column, audit.train(), rows)
                                : compare_categories(column, audit.train(), rows));
      p.push_back(differences.back().p);
    }
    const auto q = adjust_false_discovery(p);
    for (std::size_t i = 0; i < differences.size(); ++i) {
      report_difference(audit, differences[i], q[i], part);
    }
  }
}

void check_target_drift(Audit& audit) {
  std::vector<double> train;
  for (const auto row : audit.train()) train.push_back(audit.target().values[row]);
  for (const Part part : {Part::kValidation, Part::kTest}) {
    std::vector<double> values;
    for (const auto row : audit.rows(part)) values.push_back(audit.target().values[row]);
    if (values.size() < kFewestDriftRows) continue;
    const auto test = kolmogorov_smirnov(train, values);
    if (test.distance < audit.limits().drift_effect ||
        test.p >= audit.limits().drift_significance) {
      continue;
    }
    audit.add("drift-target-split", Severity::kWarn,
              "the target is distributed otherwise in the " + data::to_string(part) +
                  " part (Kolmogorov-Smirnov " + pretty_number(test.distance, 2) + ", p " +
                  pretty_number(test.p, 2) + ")",
              {{"part", data::to_string(part)}, {"effect", test.distance}, {"p", test.p}});
  }
}

void check_ranges(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() || profile.values.empty()) continue;
    for (const Part part : {Part::kValidation, Part::kTest}) {
      Rows beyond;
      for (const auto row : audit.rows(part)) {
        const double value = profile.column->numbers[row];
        if (value < profile.spread.low || value > profile.spread.high) beyond.push_back(row);
      }
      const double share = share_of(beyond.size(), audit.rows(part).size());
      // Of n and m samples of one population m * 2 / (n + 1) lie outside by chance.
      const double chance = 2.0 / (static_cast<double>(profile.values.size()) + 1);
      if (share <= audit.limits().range_share || share <= kChanceFactor * chance ||
          beyond.size() < 3) {
        continue;
      }
      audit.add_about(
          *profile.column, "split-range-exceeded", Severity::kInfo,
          percent(share) + " of the " + data::to_string(part) + " part lie outside " +
              pretty_number(profile.spread.low) + " to " + pretty_number(profile.spread.high) +
              ", the training part's range of column " + profile.name() + ", the first at " +
              audit.samples().where(beyond.front()),
          {{"part", data::to_string(part)}, {"share", share}, {"rows", audit.places(beyond)}});
    }
  }
}

void check_separable_parts(Audit& audit) {
  const auto& limits = audit.limits();
  const auto most = std::min(kMostApart, audit.context.project.audit.rows);
  for (const Part part : {Part::kValidation, Part::kTest}) {
    if (audit.rows(part).size() < kFewestDriftRows || audit.train().size() < kFewestDriftRows)
      continue;
    const auto a = some_rows(audit.train(), most, audit.seed(), "audit two samples");
    const auto b = some_rows(audit.rows(part), most, audit.seed(), "audit two samples");
    auto features = classical::make_features(audit.data, a, b, audit.seed());
    const bool compact = features.compact_train.size() > 0;
    const Matrix& left = compact ? features.compact_train : features.train.features;
    const Matrix& right = compact ? features.compact_validation : features.validation;
    const Separation apart = separate(audit, left, right);
    // The whole interval must lie beyond the limit: small parts give large areas by chance.
    if (apart.interval.low <= limits.adversarial_warn) continue;
    const auto telling = telling_of(audit, a, b, left, right);
    Json columns = Json::array();
    for (const Telling& each : telling) {
      columns.push_back({{"column", each.name}, {"distance", each.distance}});
    }
    audit.add("leak-adversarial",
              apart.interval.low > limits.adversarial_error ? Severity::kError : Severity::kWarn,
              "a classifier tells the " + data::to_string(part) +
                  " part from the training part: area under the curve " +
                  pretty_number(apart.curve, 3) + " [" + pretty_number(apart.interval.low, 3) +
                  ", " + pretty_number(apart.interval.high, 3) + "], most by " +
                  telling.front().name,
              {{"part", data::to_string(part)},
               {"area", apart.curve},
               {"low", apart.interval.low},
               {"high", apart.interval.high},
               {"model", apart.model},
               {"samples", {a.size(), b.size()}},
               {"telling", columns}});
  }
}

}  // namespace dlwork::phase::audit
