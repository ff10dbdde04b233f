#pragma once

#include <cstdint>

#include "phase/features/matrix.h"

namespace dlwork::phase {

/// Onto the first principal components, by the randomised range finder with power iterations
/// (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1) on centred samples: for classical
/// models, which need the space and not the spectrum's tail.
class Projection {
 public:
  /// Fitted on `samples`; keeps min(components, rows, columns) directions.
  static Projection fit(const Matrix& samples, std::int64_t components, std::uint64_t seed);
  Matrix apply(const Matrix& samples) const;
  /// Share of the variance of the fitted samples that is kept.
  double kept_variance() const { return kept_variance_; }

 private:
  Eigen::RowVectorXf mean_;
  Matrix basis_;  ///< features x components, orthonormal columns
  double kept_variance_ = 1;
};

}  // namespace dlwork::phase
