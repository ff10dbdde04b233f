#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::data {

/// Principal components of the covariance (accumulated after shifting by the mean; Eigen's
/// self-adjoint solver). Each component's largest loading is positive.
struct Pca {
  std::vector<double> mean;
  std::vector<double> variances;  ///< descending
  double total_variance = 0;
  std::vector<double> explained() const;        ///< cumulative share, same length as variances
  std::int64_t components_for(double share) const;
};
/// `values`: rows x columns, row-major. `standardise` divides columns by their deviation first.
enum class Scaling { kCentre, kStandardise };
Pca fit_pca(const float* values, std::int64_t rows, std::int64_t columns, Scaling scaling);

}  // namespace dlwork::data
