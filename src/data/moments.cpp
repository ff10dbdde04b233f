#include "data/moments.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dlwork::data {
namespace {

constexpr double kFloorOfDeviation = 0.01;
/// Spread below this share of the values is rounding noise of doubles.
constexpr double kRoundingShare = 1e-12;
constexpr double kMostFloat = std::numeric_limits<float>::max();

}  // namespace

void RunningMoments::add(double value) {
  low_ = count_ == 0 ? value : std::min(low_, value);
  high_ = count_ == 0 ? value : std::max(high_, value);
  ++count_;
  // A running mean cannot overflow where a sum would.
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

Moments RunningMoments::moments() const {
  Moments moments;
  if (count_ == 0) return moments;
  const double range = high_ - low_;
  moments.mean = mean_;
  moments.constant = range <= kRoundingShare * std::max(std::abs(low_), std::abs(high_));
  if (moments.constant) return moments;
  const double deviation =
      std::max(std::sqrt(squares_ / static_cast<double>(count_)), kFloorOfDeviation * range);
  moments.deviation = std::isfinite(deviation) ? deviation : std::numeric_limits<double>::max();
  return moments;
}

float clamped(double value) {
  return static_cast<float>(std::clamp(value, -kMostFloat, kMostFloat));
}

}  // namespace dlwork::data
