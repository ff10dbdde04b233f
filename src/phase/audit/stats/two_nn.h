#pragma once

#include <vector>

namespace dlwork::phase::audit {

/// Intrinsic dimension from the ratio of each sample's second to first neighbour's distance (Facco
/// et al. 2017): least squares through the origin of -ln(1 - F) on ln(ratio), the largest tenth of
/// ratios left out; and the maximum likelihood estimate (n - 1) / sum ln(ratio) over all. Samples
/// whose first distance is 0 are left out; NaN for fewer than ten others.
struct IntrinsicDimension {
  double least_squares = 0;
  double likelihood = 0;
  std::size_t samples = 0;
};
IntrinsicDimension two_nn(const std::vector<double>& first, const std::vector<double>& second);

}  // namespace dlwork::phase::audit
