#include "phase/audit/stats/two_nn.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dlwork::phase::audit {
namespace {

constexpr double kDiscarded = 0.1;
constexpr std::size_t kFewest = 10;

}  // namespace

IntrinsicDimension two_nn(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<double> logs;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] > 0 && second[i] > 0) logs.push_back(std::log(second[i] / first[i]));
  }
  std::sort(logs.begin(), logs.end());
  const auto n = static_cast<double>(logs.size());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (logs.size() < kFewest) return {nan, nan, logs.size()};
  const auto kept = static_cast<std::size_t>(n * (1 - kDiscarded));
  double both = 0, square = 0, sum = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    sum += logs[i];
    if (i >= kept) continue;
    both += logs[i] * -std::log1p(-static_cast<double>(i) / n);
    square += logs[i] * logs[i];
  }
  return {square > 0 ? both / square : nan, sum > 0 ? (n - 1) / sum : nan, logs.size()};
}

}  // namespace dlwork::phase::audit
