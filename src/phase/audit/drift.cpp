#include <algorithm>
#include <cmath>

#include "dlwork/base/contingency.h"
#include "dlwork/base/stats.h"
#include "dlwork/base/two_samples.h"
#include "phase/audit/check.h"
#include "phase/audit/difference.h"
#include "phase/audit/separation.h"
#include "phase/measuring.h"
#include "phase/readiness/features.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

/// Shares within so many times what chance brings tell nothing.
constexpr double kChanceFactor = 3;
constexpr std::int64_t kMostApart = 5000;
constexpr std::size_t kShownColumns = 5;

Difference compare_columns(const Column& column, const Rows& train, const Rows& rows) {
  if (column.type == data::ColumnType::kNumber) {
    return difference_of_numbers(finite_values(column, train), finite_values(column, rows));
  }
  const auto count_codes = [&](const Rows& of) {
    std::vector<double> counts(column.categories.size() + 1, 0.0);  // the first: missing
    for (const auto row : of) counts[column.codes[row] + 1] += 1;
    return counts;
  };
  return difference_of_counts(count_codes(train), count_codes(rows));
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
      const Difference difference = compare_columns(column, a, b);
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

}  // namespace

void check_feature_drift(Audit& audit) {
  for (const Part part : {Part::kValidation, Part::kTest}) {
    const Rows& rows = audit.rows(part);
    if (rows.size() < kFewestCompared) continue;
    std::vector<Difference> differences;
    std::vector<double> p;
    for (const Column& column : audit.samples().table.columns) {
      differences.push_back(compare_columns(column, audit.train(), rows));
      p.push_back(differences.back().p);
    }
    const auto q = adjust_false_discovery(p);
    for (std::size_t i = 0; i < differences.size(); ++i) {
      const Column& column = audit.samples().table.columns[i];
      const DifferenceIds ids{"drift-feature-split", "drift-psi", "drift-wasserstein"};
      for (auto& finding :
           tell_difference(differences[i], q[i], "column " + column.name,
                           "in the " + data::to_string(part) + " part", audit.limits(), ids)) {
        finding.evidence["part"] = data::to_string(part);
        audit.add_about(column, finding.id, finding.severity, finding.message, finding.evidence);
      }
    }
  }
}

void check_target_drift(Audit& audit) {
  std::vector<double> train;
  for (const auto row : audit.train()) train.push_back(audit.target().values[row]);
  for (const Part part : {Part::kValidation, Part::kTest}) {
    std::vector<double> values;
    for (const auto row : audit.rows(part)) values.push_back(audit.target().values[row]);
    if (values.size() < kFewestCompared) continue;
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
    if (audit.rows(part).size() < kFewestCompared || audit.train().size() < kFewestCompared)
      continue;
    const auto a = some_rows(audit.train(), most, audit.seed(), "audit two samples");
    const auto b = some_rows(audit.rows(part), most, audit.seed(), "audit two samples");
    auto features = classical::make_features(audit.data, a, b, audit.seed());
    const bool compact = features.compact_train.size() > 0;
    const Matrix& left = compact ? features.compact_train : features.train.features;
    const Matrix& right = compact ? features.compact_validation : features.validation;
    const Separation apart = separate(audit.context, audit.samples(), left, right);
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
