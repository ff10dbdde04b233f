#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "dlwork/base/sketches.h"

namespace dlwork {
namespace {

/// Ertl 2017, section 4: x + x^2 + 2 x^4 + 4 x^8 + ...
double sigma(double x) {
  if (x >= 1) return std::numeric_limits<double>::infinity();
  double y = 1, z = x;
  for (double before = -1; z != before;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/// The same, for registers that are full.
double tau(double x) {
  if (x <= 0 || x >= 1) return 0;
  double y = 1, z = 1 - x;
  for (double before = -1; z != before;) {
    x = std::sqrt(x);
    before = z;
    y /= 2;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

}  // namespace

void DistinctCount::merge(const DistinctCount& other) {
  for (std::size_t i = 0; i < registers_.size(); ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

double DistinctCount::estimate() const {
  constexpr int kRanks = 64 - kBits;
  std::array<double, kRanks + 2> counts{};
  for (const std::uint8_t rank : registers_) counts[rank] += 1;
  const auto m = static_cast<double>(registers_.size());
  double z = m * tau(1 - counts[kRanks + 1] / m);
  for (int rank = kRanks; rank >= 1; --rank) z = (z + counts[static_cast<std::size_t>(rank)]) / 2;
  z += m * sigma(counts[0] / m);
  return m * m / (2 * std::numbers::ln2 * z);
}

}  // namespace dlwork
