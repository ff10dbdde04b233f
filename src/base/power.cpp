#include "dlwork/base/power.h"

#include <cmath>
#include <limits>

namespace dlwork {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

double samples_for_gain(double gain, double disagreement, double significance, double power) {
  if (!(gain > 0) || gain > disagreement) return kInfinity;
  const double root = normal_quantile(1 - significance / 2) * std::sqrt(disagreement) +
                      normal_quantile(power) * std::sqrt(disagreement - gain * gain);
  return root * root / (gain * gain);
}

double detectable_gain(double count, double disagreement, double significance, double power) {
  if (!(count > 0)) return std::numeric_limits<double>::quiet_NaN();
  double low = 0, high = disagreement;
  if (samples_for_gain(high, disagreement, significance, power) > count) return disagreement;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (samples_for_gain(middle, disagreement, significance, power) > count ? low : high) = middle;
  }
  return high;
}

double samples_for_half_width(double figure, double half_width, double confidence) {
  const double z = normal_quantile(0.5 + confidence / 2);
  const auto half = [&](double n) {
    return z * std::sqrt(figure * (1 - figure) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  };
  double low = 1, high = 1;
  while (half(high) > half_width && high < 1e12) high *= 2;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (half(middle) > half_width ? low : high) = middle;
  }
  return std::ceil(high - 1e-9);
}

}  // namespace dlwork
