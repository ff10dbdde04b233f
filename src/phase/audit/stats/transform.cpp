#include "phase/audit/stats/transform.h"

#include <cmath>
#include <limits>

namespace dlwork::phase::audit {
namespace {

constexpr double kNearly = 1e-10;

/// Log-likelihood up to a constant: -n/2 ln variance + (lambda - 1) sum sign(x) ln(1 + |x|).
double likelihood(const std::vector<double>& values, double lambda) {
  double sum = 0, jacobian = 0;
  for (const double value : values) {
    sum += yeo_johnson(value, lambda);
    jacobian += std::copysign(std::log1p(std::abs(value)), value);
  }
  const auto n = static_cast<double>(values.size());
  double variance = 0;
  for (const double value : values) {
    const double difference = yeo_johnson(value, lambda) - sum / n;
    variance += difference * difference;
  }
  variance /= n;
  if (!(variance > 0) || !std::isfinite(variance)) return -std::numeric_limits<double>::infinity();
  return -n / 2 * std::log(variance) + (lambda - 1) * jacobian;
}

}  // namespace

double yeo_johnson(double value, double lambda) {
  if (value >= 0) {
    return std::abs(lambda) < kNearly ? std::log1p(value)
                                      : std::expm1(lambda * std::log1p(value)) / lambda;
  }
  const double rest = 2 - lambda;
  return std::abs(rest) < kNearly ? -std::log1p(-value)
                                  : -std::expm1(rest * std::log1p(-value)) / rest;
}

double yeo_johnson_lambda(const std::vector<double>& values) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = -2, high = 4;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = likelihood(values, left), at_right = likelihood(values, right);
  while (high - low > 1e-7) {
    if (at_left > at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = likelihood(values, left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = likelihood(values, right);
    }
  }
  return (low + high) / 2;
}

}  // namespace dlwork::phase::audit
