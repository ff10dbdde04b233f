#include "phase/power_law.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dlwork/base/error.h"
#include "dlwork/base/rng.h"

namespace dlwork::phase {
namespace {

constexpr int kLawDraws = 200;
constexpr double kLawLeastRate = 1e-3, kLawMostRate = 2;
constexpr int kLawGrid = 400;
/// An error measured as 0 is worth no more than this in a logarithm.
constexpr double kLawLeastError = 1e-9;

double curve_weight(const CurvePoint& point) {
  return point.deviation > 0 ? 1 / (point.deviation * point.deviation) : 1;
}

/// Best scale and floor for a rate, and what is left.
struct LinearFit {
  PowerLaw law;
  double residual = 0;
};

LinearFit solve_at(const std::vector<CurvePoint>& points, double rate) {
  double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
  for (const auto& point : points) {
    const double x = std::pow(point.samples, -rate), each = curve_weight(point);
    w += each;
    wx += each * x;
    wy += each * point.error;
    wxx += each * x * x;
    wxy += each * x * point.error;
  }
  LinearFit best;
  const double determinant = w * wxx - wx * wx;
  const double scale = determinant > 0 ? (w * wxy - wx * wy) / determinant : 0;
  const double floor = (wy - scale * wx) / w;
  // A negative floor or scale puts the optimum on that bound.
  if (determinant > 0 && floor >= 0 && scale >= 0) {
    best.law = {scale, rate, floor};
    best.residual = residual_of(best.law, points);
    return best;
  }
  const PowerLaw no_floor{std::max(0.0, wxy / wxx), rate, 0}, flat{0, rate, std::max(0.0, wy / w)};
  const double a = residual_of(no_floor, points), b = residual_of(flat, points);
  return a <= b ? LinearFit{no_floor, a} : LinearFit{flat, b};
}

/// 2.5 % and 97.5 % of values that may be infinite.
Interval middle_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(
        std::llround(q * static_cast<double>(values.size() - 1)))];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace

double residual_of(const PowerLaw& law, const std::vector<CurvePoint>& points) {
  double sum = 0;
  for (const auto& point : points) {
    const double off = point.error - law.at(point.samples);
    sum += curve_weight(point) * off * off;
  }
  return sum;
}

double PowerLaw::at(double samples) const { return scale * std::pow(samples, -rate) + floor; }

std::optional<double> PowerLaw::reaches(double error) const {
  if (error <= floor || scale <= 0 || rate <= 0) return std::nullopt;
  const double samples = std::pow(scale / (error - floor), 1 / rate);
  return std::isfinite(samples) ? std::optional(samples) : std::nullopt;
}

PowerLaw fit_with_floor(const std::vector<CurvePoint>& points) {
  DLWORK_ASSERT(points.size() >= 3, "three numbers need three points");
  const auto rate_at = [](double share) {
    return kLawLeastRate * std::pow(kLawMostRate / kLawLeastRate, share);
  };
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= kLawGrid; ++i) {
    const double residual = solve_at(points, rate_at(static_cast<double>(i) / kLawGrid)).residual;
    if (residual >= least) continue;
    least = residual;
    best = i;
  }
  // Golden section (Kiefer 1953) between the neighbours of the grid's best.
  constexpr double kGolden = 0.6180339887498949;
  double low = std::max(0, best - 1) / static_cast<double>(kLawGrid);
  double high = std::min(kLawGrid, best + 1) / static_cast<double>(kLawGrid);
  for (int i = 0; i < 100; ++i) {
    const double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
    if (solve_at(points, rate_at(a)).residual <= solve_at(points, rate_at(b)).residual) {
      high = b;
    } else {
      low = a;
    }
  }
  return solve_at(points, rate_at((low + high) / 2)).law;
}

PowerLaw fit_without_floor(const std::vector<CurvePoint>& points) {
  DLWORK_ASSERT(points.size() >= 2, "a line needs two points");
  double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
  for (const auto& point : points) {
    const double error = std::max(point.error, kLawLeastError);
    const double x = std::log(point.samples), y = std::log(error);
    const double each = curve_weight(point) * error * error;
    w += each;
    wx += each * x;
    wy += each * y;
    wxx += each * x * x;
    wxy += each * x * y;
  }
  const double slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  return {std::exp((wy - slope * wx) / w), -slope, 0};
}

CurveProjection project_curve(const std::vector<CurvePoint>& points, double samples,
                              std::optional<double> wanted_error, std::uint64_t seed) {
  CurveProjection projection{
      fit_with_floor(points), fit_without_floor(points), {}, 0, 0, {}, {}, {}};
  Rng rng(seed, "learning curve");
  const double never = std::numeric_limits<double>::infinity();
  std::vector<double> rates, errors_with, errors_without, needs_with, needs_without;
  for (int draw = 0; draw < kLawDraws; ++draw) {
    auto drawn = points;
    for (auto& point : drawn) {
      point.error = std::max(kLawLeastError, point.error + point.deviation * rng.normal());
    }
    const PowerLaw with = fit_with_floor(drawn), without = fit_without_floor(drawn);
    rates.push_back(without.rate);
    errors_with.push_back(with.at(samples));
    errors_without.push_back(without.at(samples));
    if (!wanted_error) continue;
    needs_with.push_back(with.reaches(*wanted_error).value_or(never));
    needs_without.push_back(without.reaches(*wanted_error).value_or(never));
  }
  projection.rate = middle_of(rates);
  projection.low = std::min(middle_of(errors_with).low, middle_of(errors_without).low);
  projection.high = std::max(middle_of(errors_with).high, middle_of(errors_without).high);
  if (!wanted_error) return projection;
  projection.expected = projection.without_floor.reaches(*wanted_error);
  if (const auto with = projection.with_floor.reaches(*wanted_error)) {
    projection.expected = std::max(*with, projection.expected.value_or(*with));
  }
  const double fewest = std::min(middle_of(needs_with).low, middle_of(needs_without).low);
  const double most = std::max(middle_of(needs_with).high, middle_of(needs_without).high);
  if (std::isfinite(fewest)) projection.fewest = fewest;
  if (std::isfinite(most)) projection.most = most;
  return projection;
}

}  // namespace dlwork::phase
