#include "dlwork/base/stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Acklam's rational approximation of the normal quantile (P. J. Acklam, "An algorithm for computing
// the inverse normal cumulative distribution function", 2003), relative error 1.15e-9; p in (0, 1).
double acklam(double p) {
  constexpr double a[]{-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                       1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[]{-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                       6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[]{-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                       -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[]{7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                       3.754408661907416e+00};
  constexpr double kTail = 0.02425;
  if (p > 1 - kTail) return -acklam(1 - p);
  if (p < kTail) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

constexpr int kMostTerms = 100'000;

// Regularised lower incomplete gamma function P(a, x) by its series, NIST DLMF 8.11.4.
double gamma_series(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int k = 1; k < kMostTerms; ++k) {
    term *= x / (a + k);
    sum += term;
    if (term < sum * std::numeric_limits<double>::epsilon()) break;
  }
  return sum * std::exp(a * std::log(x) - x - std::lgamma(a));
}

// Upper Q(a, x) by its continued fraction, NIST DLMF 8.9.2, evaluated by Lentz's method as modified
// by Thompson and Barnett (1986).
double gamma_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double h = d;
  for (int k = 1; k < kMostTerms; ++k) {
    const double numerator = -k * (k - a);
    b += 2;
    d = numerator * d + b;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = b + numerator / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1 / d;
    h *= d * c;
    if (std::fabs(d * c - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return h * std::exp(a * std::log(x) - x - std::lgamma(a));
}

}  // namespace

// Wilson 1927, "Probable inference, the law of succession, and statistical inference", eq. 4.
Interval wilson(std::int64_t successes, std::int64_t count, double confidence) {
  DLWORK_ASSERT(successes >= 0 && successes <= count, "more successes than samples");
  if (count == 0) return {0, 1};
  const double n = static_cast<double>(count);
  const double p = static_cast<double>(successes) / n;
  const double z = normal_quantile(0.5 + confidence / 2);
  const double scale = 1 + z * z / n;
  const double centre = (p + z * z / (2 * n)) / scale;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
  // At the ends the bound is exact; rounding must not push it inside.
  return {successes == 0 ? 0 : std::max(0.0, centre - half),
          successes == count ? 1 : std::min(1.0, centre + half)};
}

Interval bootstrap(std::int64_t count,
                   const std::function<double(const std::vector<std::int64_t>&)>& statistic,
                   int resamples, Rng& rng, double confidence) {
  if (count <= 0) return {kNan, kNan};
  std::vector<std::int64_t> rows(static_cast<size_t>(count));
  std::vector<double> values;
  for (int i = 0; i < resamples; ++i) {
    for (std::int64_t& row : rows) {
      row = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(count)));
    }
    const double value = statistic(rows);
    if (std::isfinite(value)) values.push_back(value);
  }
  return {quantile(values, (1 - confidence) / 2), quantile(values, (1 + confidence) / 2)};
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return kNan;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

// Hyndman and Fan 1996, definition 7.
double quantile(std::vector<double> values, double q) {
  if (values.empty()) return kNan;
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double low = *at;
  if (at + 1 == values.end()) return low;
  const double high = *std::min_element(at + 1, values.end());
  return low + (high - low) * (place - static_cast<double>(below));
}

double normal_quantile(double p) {
  if (std::isnan(p) || p < 0 || p > 1) return kNan;
  if (p == 0 || p == 1) return std::copysign(std::numeric_limits<double>::infinity(), p - 0.5);
  const double x = acklam(p);
  if (x * x > 1400) return x;  // the density is no longer a number there
  // One step of Halley's method brings it to full double precision. Worked in the lower tail, where
  // the distribution function keeps its digits.
  const double side = x < 0 ? 1 : -1;
  const double error = normal_cdf(side * x) - (side > 0 ? p : 1 - p);
  const double step = side * error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

double chi_square_tail(double statistic, double degrees) {
  if (std::isnan(statistic) || !(degrees > 0)) return kNan;
  if (statistic <= 0) return 1;
  if (std::isinf(statistic)) return 0;
  const double a = degrees / 2;
  const double x = statistic / 2;
  return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

}  // namespace dlwork
