#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

#include "dlwork/base/contingency.h"
#include "dlwork/base/stats.h"
#include "phase/audit/check.h"
#include "phase/measuring.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Column;
using data::Part;

namespace {

/// Pairs grow with the square: more columns than this are compared up to here, which is said.
constexpr std::size_t kMostColumns = 500;
constexpr std::size_t kMostCategories = 60;
constexpr std::int64_t kMostRelationRows = 20000;
constexpr std::int64_t kFewestRelationRows = 30;
constexpr std::size_t kRelationsShown = 10;
/// Eigenvalues below this share of the largest are rounding.
constexpr double kRounding = 1e-12;

/// Number columns with spread, standardised over the rows taken; gaps are the mean.
struct Standardised {
  std::vector<const Column*> columns;
  Eigen::MatrixXd values;  ///< [rows, columns]
};

std::vector<const Column*> spread_columns(Audit& audit) {
  std::vector<const Column*> columns;
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.is_number() && profile.kinds() > 1) columns.push_back(profile.column);
    if (columns.size() == kMostColumns) break;
  }
  return columns;
}

Standardised standardise(std::vector<const Column*> columns, const Rows& rows) {
  Standardised result{std::move(columns), {}};
  result.values.setZero(static_cast<std::int64_t>(rows.size()),
                        static_cast<std::int64_t>(result.columns.size()));
  for (std::int64_t j = 0; j < result.values.cols(); ++j) {
    const Column& column = *result.columns[j];
    const auto present = finite_values(column, rows);
    const double middle = mean(present), deviation = standard_deviation(present);
    if (!(deviation > 0)) continue;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double value = column.numbers[rows[i]];
      if (std::isfinite(value)) {
        result.values(static_cast<std::int64_t>(i), j) = (value - middle) / deviation;
      }
    }
  }
  return result;
}

Eigen::MatrixXd correlations(const Standardised& data) {
  Eigen::MatrixXd result = data.values.transpose() * data.values /
                           std::max<double>(1, static_cast<double>(data.values.rows()) - 1);
  // Gaps take some of a column's spread away.
  const Eigen::VectorXd scale = result.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  result = scale.asDiagonal() * result * scale.asDiagonal();
  return result;
}

void report_pairs(Audit& audit, const Standardised& data, const Eigen::MatrixXd& matrix) {
  std::vector<std::tuple<double, std::int64_t, std::int64_t>> pairs;
  for (std::int64_t i = 0; i < matrix.rows(); ++i) {
    for (std::int64_t j = i + 1; j < matrix.cols(); ++j) {
      if (std::abs(matrix(i, j)) >= audit.limits().correlation) {
        pairs.emplace_back(-std::abs(matrix(i, j)), i, j);
      }
    }
  }
  if (pairs.empty()) return;
  std::sort(pairs.begin(), pairs.end());
  Json shown = Json::array();
  for (std::size_t k = 0; k < pairs.size() && k < kRelationsShown; ++k) {
    const auto [size, i, j] = pairs[k];
    shown.push_back({{"columns", {data.columns[i]->name, data.columns[j]->name}},
                     {"correlation", matrix(i, j)}});
  }
  const auto [size, i, j] = pairs.front();
  audit.add("column-collinear", Severity::kInfo,
            count_of(pairs.size()) + " pairs of columns say nearly the same, first " +
                data.columns[i]->name + " and " + data.columns[j]->name + " (correlation " +
                pretty_number(matrix(i, j), 3) + ")",
            {{"pairs", shown}, {"count", pairs.size()}, {"columns", data.columns.size()}});
}

/// Variance inflation factors are the diagonal of the inverse correlation matrix.
void report_inflation(Audit& audit, const Standardised& data, const Eigen::MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double largest = values.maxCoeff();
  const Eigen::VectorXd safe = values.cwiseMax(largest * kRounding);
  const double condition = largest / safe.minCoeff();
  if (condition > audit.limits().condition) {
    audit.add("column-condition", Severity::kInfo,
              "the correlation matrix of the number columns is ill-conditioned (" +
                  pretty_number(condition, 3) + "): weights of a linear model mean little",
              {{"condition", condition}, {"columns", data.columns.size()}});
  }
  const Eigen::MatrixXd inverse =
      solver.eigenvectors() * safe.cwiseInverse().asDiagonal() * solver.eigenvectors().transpose();
  std::vector<std::pair<double, std::int64_t>> inflated;
  for (std::int64_t j = 0; j < inverse.rows(); ++j) {
    if (inverse(j, j) > audit.limits().variance_inflation) inflated.emplace_back(-inverse(j, j), j);
  }
  if (inflated.empty()) return;
  std::sort(inflated.begin(), inflated.end());
  std::vector<std::string> shown;
  Json factors = Json::array();
  for (std::size_t k = 0; k < inflated.size() && k < kRelationsShown; ++k) {
    const std::string& name = data.columns[inflated[k].second]->name;
    factors.push_back({{"column", name}, {"factor", -inflated[k].first}});
    shown.push_back(name + " (" + pretty_number(-inflated[k].first, 3) + ")");
  }
  audit.add("column-variance-inflation", Severity::kInfo,
            count_of(inflated.size()) + " of " + count_of(data.columns.size()) +
                " number columns follow from the others; variance inflation of " +
                join_words(shown),
            {{"factors", factors}, {"count", inflated.size()}});
}

void report_categories(Audit& audit, const Rows& rows) {
  std::vector<const Profile*> columns;
  for (const Profile& profile : audit.facts.profiles()) {
    if (!profile.is_number() && profile.kinds() > 1 && profile.counts.size() <= kMostCategories &&
        columns.size() < kMostCategories) {
      columns.push_back(&profile);
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = i + 1; j < columns.size(); ++j) {
      Contingency table(columns[i]->counts.size() + 1, columns[j]->counts.size() + 1);
      for (const auto row : rows) {
        table.add(static_cast<std::size_t>(columns[i]->column->codes[row] + 1),
                  static_cast<std::size_t>(columns[j]->column->codes[row] + 1));
      }
      const double effect = cramers_v_corrected(table);
      if (effect < audit.limits().association) continue;
      audit.add_about(*columns[j]->column, "column-associated", Severity::kInfo,
                      "categories of columns " + columns[i]->name() + " and " + columns[j]->name() +
                          " go together (Cramer's V " + pretty_number(effect, 3) + ")",
                      {{"with", columns[i]->name()}, {"effect", effect}, {"samples", rows.size()}});
    }
  }
}

/// Fisher's z of two correlations from so many rows each.
double difference_p(double a, double b, std::int64_t n, std::int64_t m) {
  const auto z = [](double r) { return std::atanh(std::clamp(r, -0.999999, 0.999999)); };
  const double spread = std::sqrt(1 / static_cast<double>(n - 3) + 1 / static_cast<double>(m - 3));
  return 2 * normal_cdf(-std::abs(z(a) - z(b)) / spread);
}

void compare_relations(Audit& audit, const Standardised& train, const Eigen::MatrixXd& of_train,
                       Part part) {
  const auto rows = some_rows(audit.rows(part), kMostRelationRows, audit.seed(), "audit relations");
  if (static_cast<std::int64_t>(rows.size()) < kFewestRelationRows) return;
  const auto other = standardise(train.columns, rows);
  const auto of_other = correlations(other);
  const double pairs = static_cast<double>(train.columns.size() * (train.columns.size() - 1)) / 2;
  for (std::int64_t i = 0; i < of_train.rows(); ++i) {
    for (std::int64_t j = i + 1; j < of_train.cols(); ++j) {
      const double change = std::abs(of_train(i, j) - of_other(i, j));
      if (change < audit.limits().relation_change) continue;
      const double p =
          std::min(1.0, pairs * difference_p(of_train(i, j), of_other(i, j), train.values.rows(),
                                             other.values.rows()));
      if (p >= audit.limits().drift_significance) continue;
      audit.add_about(*train.columns[i], "drift-relation-split", Severity::kInfo,
                      "columns " + train.columns[i]->name + " and " + train.columns[j]->name +
                          " correlate by " + pretty_number(of_train(i, j), 2) +
                          " in the training part, by " + pretty_number(of_other(i, j), 2) +
                          " in the " + data::to_string(part) + " part",
                      {{"with", train.columns[j]->name},
                       {"part", data::to_string(part)},
                       {"train", of_train(i, j)},
                       {"other", of_other(i, j)},
                       {"p_adjusted", p}});
    }
  }
}

}  // namespace

void check_relations(Audit& audit) {
  const auto rows = some_rows(audit.train(), kMostRelationRows, audit.seed(), "audit relations");
  if (static_cast<std::int64_t>(rows.size()) < kFewestRelationRows) return;
  report_categories(audit, rows);
  const auto train = standardise(spread_columns(audit), rows);
  if (train.columns.size() < 2) return;
  const auto matrix = correlations(train);
  report_pairs(audit, train, matrix);
  report_inflation(audit, train, matrix);
  for (const Part part : {Part::kValidation, Part::kTest}) {
    compare_relations(audit, train, matrix, part);
  }
}

}  // namespace dlwork::phase::audit
