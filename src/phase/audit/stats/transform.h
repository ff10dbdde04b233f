#pragma once

#include <vector>

namespace dlwork::phase::audit {

/// Yeo and Johnson's power transform (2000): like Box and Cox's, for values of either sign.
double yeo_johnson(double value, double lambda);
/// The lambda in [-2, 4] of greatest likelihood under a normal distribution of the transformed
/// values (golden section search).
double yeo_johnson_lambda(const std::vector<double>& values);

}  // namespace dlwork::phase::audit
