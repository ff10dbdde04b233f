#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::data {

/// Principal components of the covariance, n - 1 in the denominator (accumulated after shifting by
/// the mean; Eigen's self-adjoint solver, on the rows' inner products where there are fewer rows
/// than columns). Each component's largest loading is positive.
struct Pca {
  std::vector<double> mean;
  std::vector<double> variances;  ///< descending; min(rows, columns) of them, or the first alone
  /// variances.size() x columns, row-major: unit vectors. Zero rows where there is no variance.
  std::vector<double> components;
  double total_variance = 0;
  std::vector<double> explained() const;  ///< cumulative share, same length as variances
  /// How many components reach `share` of the variance; 0 when there is none.
  std::int64_t components_for(double share) const;
  /// Over how many components the variance is spread evenly, as it were: the square of the sum of
  /// the variances by the sum of their squares. Needs all of them; 0 where there is no variance.
  double participation_ratio() const;
};
/// `values`: rows x columns, row-major, finite; at least 2 rows. kStandardise divides columns by
/// their sample deviation first (constant ones become 0): the eigenvalues of the correlation
/// matrix. Needs min(rows, columns)^2 doubles.
enum class Scaling { kCentre, kStandardise };
Pca fit_pca(const float* values, std::int64_t rows, std::int64_t columns, Scaling scaling);

/// Components of rows that are not held: their sums and products, shifted by one row so that
/// numbers far from zero keep their digits. Needs columns^2 doubles.
class ComponentSums {
 public:
  /// `shift`: one of the rows.
  explicit ComponentSums(std::vector<double> shift);
  /// `values`: rows x columns, row-major, finite.
  void add(const float* values, std::int64_t rows);
  /// Of other rows with the same shift.
  void add(const ComponentSums& other);
  std::int64_t rows() const { return rows_; }
  /// As `fit_pca` of all rows; at least 2.
  Pca fit(Scaling scaling) const;

 private:
  std::vector<double> shift_, sums_;
  std::vector<double> products_;  ///< columns x columns, the lower triangle, column-major
  std::int64_t rows_ = 0;
};

/// At least the first `most` components, centred: where there are many more columns and rows, by
/// the randomised range finder of `principal_scores`, else all of them.
Pca fit_first_components(const float* values, std::int64_t rows, std::int64_t columns,
                         std::int64_t most);

/// Rows in their first principal components, centred.
struct Scores {
  std::int64_t columns = 0;       ///< components: min(most, columns, rows), the first one first
  std::vector<float> values;      ///< [rows, columns]
  std::vector<double> variances;  ///< of the components
  double total_variance = 0;
  double explained(std::int64_t first) const;  ///< share of the variance that the first ones hold
};
/// `values`: as above, at least 1 row. Where there are many more columns and rows than components,
/// by a randomised range finder with power iterations (Halko, Martinsson and Tropp 2011, algorithms
/// 4.4 and 5.1; fixed numbers, so the same values give the same scores), else exactly.
Scores principal_scores(const float* values, std::int64_t rows, std::int64_t columns,
                        std::int64_t most);

}  // namespace dlwork::data
