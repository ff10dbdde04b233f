#include "dlwork/base/power.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Weighted residual of the best scale for an exponent and a floor; `scale` becomes that scale.
double residual(const std::vector<double>& counts, const std::vector<double>& errors,
                const std::vector<double>& weights, double exponent, double floor, double& scale) {
  double both = 0, square = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double power = std::pow(counts[i], -exponent);
    both += weights[i] * power * (errors[i] - floor);
    square += weights[i] * power * power;
  }
  scale = square > 0 ? std::max(0.0, both / square) : 0;
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double off = scale * std::pow(counts[i], -exponent) + floor - errors[i];
    sum += weights[i] * off * off;
  }
  return sum;
}

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

double PowerLaw::at(double count) const { return scale * std::pow(count, -exponent) + floor; }

double PowerLaw::count_for(double target) const {
  if (target <= floor || scale <= 0 || exponent <= 0) return kInfinity;
  return std::pow(scale / (target - floor), 1 / exponent);
}

PowerLaw fit_power_law(const std::vector<double>& counts, const std::vector<double>& errors,
                       const std::vector<double>& weights) {
  double weight = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (!(errors[i] > 0)) continue;
    const double u = std::log(counts[i]), v = std::log(errors[i]);
    weight += weights[i];
    x += weights[i] * u;
    y += weights[i] * v;
    xx += weights[i] * u * u;
    xy += weights[i] * u * v;
  }
  const double spread = weight * xx - x * x;
  DLWORK_ASSERT(weight > 0 && spread > 0, "two different counts of positive error");
  const double slope = (weight * xy - x * y) / spread;
  return {std::exp((y - slope * x) / weight), -slope, 0};
}

PowerLaw fit_power_law_with_floor(const std::vector<double>& counts,
                                  const std::vector<double>& errors,
                                  const std::vector<double>& weights) {
  DLWORK_ASSERT(counts.size() >= 3, "three points for three numbers");
  const double least = *std::min_element(errors.begin(), errors.end());
  double low_b = 1e-3, high_b = 2, low_c = 0, high_c = std::max(least, 0.0);
  PowerLaw best;
  constexpr int kCells = 40;
  for (int level = 0; level < 12; ++level) {
    double least_residual = kInfinity, best_b = low_b, best_c = low_c;
    for (int i = 0; i <= kCells; ++i) {
      for (int j = 0; j <= kCells; ++j) {
        const double b = low_b + (high_b - low_b) * i / kCells;
        const double c = low_c + (high_c - low_c) * j / kCells;
        double scale = 0;
        const double value = residual(counts, errors, weights, b, c, scale);
        if (value >= least_residual) continue;
        least_residual = value;
        best_b = b;
        best_c = c;
        best = {scale, b, c};
      }
    }
    const double half_b = (high_b - low_b) / kCells * 2, half_c = (high_c - low_c) / kCells * 2;
    low_b = std::max(1e-3, best_b - half_b);
    high_b = std::min(2.0, best_b + half_b);
    low_c = std::max(0.0, best_c - half_c);
    high_c = std::min(std::max(least, 0.0), best_c + half_c);
  }
  return best;
}

}  // namespace dlwork
