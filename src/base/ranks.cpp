#include "dlwork/base/ranks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dlwork/base/error.h"
#include "dlwork/base/stats.h"

namespace dlwork {

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    for (end = begin; end < order.size() && values[order[end]] == values[order[begin]]; ++end) {
    }
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);
    for (std::size_t i = begin; i < end; ++i) result[order[i]] = rank;
  }
  return result;
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  DLWORK_ASSERT(a.size() == b.size(), "lists of one length");
  if (a.empty()) return 0;
  const double mean_a = mean(a), mean_b = mean(b);
  double both = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    square_a += (a[i] - mean_a) * (a[i] - mean_a);
    square_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return square_a > 0 && square_b > 0 ? both / std::sqrt(square_a * square_b) : 0;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  return pearson(ranks(a), ranks(b));
}

double area_under_curve(const std::vector<double>& scores, const std::vector<bool>& positive) {
  const auto ranked = ranks(scores);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!positive[i]) continue;
    sum += ranked[i];
    count += 1;
  }
  const double others = static_cast<double>(scores.size()) - count;
  if (count == 0 || others == 0) return std::numeric_limits<double>::quiet_NaN();
  return (sum - count * (count + 1) / 2) / (count * others);
}

Shape shape_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const double centre = mean(values);
  double second = 0, third = 0, fourth = 0;
  for (const double value : values) {
    const double difference = value - centre;
    const double square = difference * difference;
    second += square;
    third += square * difference;
    fourth += square * square;
  }
  const auto n = static_cast<double>(values.size());
  second /= n;
  // Values that differ by rounding alone have no shape.
  const double rounding = std::numeric_limits<double>::epsilon() * std::fabs(centre);
  if (second <= rounding * rounding) return {};
  return {third / n / std::pow(second, 1.5), fourth / n / (second * second) - 3};
}

double runs_z(const std::vector<std::int32_t>& codes, std::size_t classes) {
  std::vector<double> counts(classes, 0.0);
  double runs = codes.empty() ? 0 : 1;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    counts[codes[i]] += 1;
    if (i > 0 && codes[i] != codes[i - 1]) runs += 1;
  }
  const auto n = static_cast<double>(codes.size());
  double squares = 0, cubes = 0;
  for (const double count : counts) {
    squares += count * count;
    cubes += count * count * count;
  }
  const double expected = (n * (n + 1) - squares) / n;
  const double variance =
      (squares * (squares + n * (n + 1)) - 2 * n * cubes - n * n * n) / (n * n * (n - 1));
  return variance > 0 ? (runs - expected) / std::sqrt(variance) : 0;
}

}  // namespace dlwork
