#include "dlwork/base/two_samples.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

double total_of(const std::vector<double>& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0);
}

/// Calls `visit(value, F_a - F_b after value)` for each different value of both sorted lists.
template <class Visit>
void walk_steps(const std::vector<double>& a, const std::vector<double>& b, const Visit& visit) {
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const double value = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    while (i < a.size() && a[i] == value) ++i;
    while (j < b.size() && b[j] == value) ++j;
    visit(value, static_cast<double>(i) / static_cast<double>(a.size()) -
                     static_cast<double>(j) / static_cast<double>(b.size()));
  }
}

}  // namespace

double kolmogorov_tail(double x) {
  if (!(x > 0)) return 1;
  if (x < 1) {
    // The dual series converges where the alternating one does not (Marsaglia, Tsang, Wang 2003).
    double sum = 0;
    for (int k = 1; k <= 20; ++k) {
      const double odd = 2 * k - 1;
      sum += std::exp(-odd * odd * std::numbers::pi * std::numbers::pi / (8 * x * x));
    }
    return std::clamp(1 - std::sqrt(2 * std::numbers::pi) / x * sum, 0.0, 1.0);
  }
  double sum = 0;
  for (int k = 1; k <= 20; ++k) sum += (k % 2 == 1 ? 1 : -1) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(2 * sum, 0.0, 1.0);
}

double kolmogorov_p(double distance, double n, double m) {
  const double root = std::sqrt(n * m / (n + m));
  return kolmogorov_tail((root + 0.12 + 0.11 / root) * distance);
}

KolmogorovSmirnov kolmogorov_smirnov(std::vector<double> a, std::vector<double> b) {
  if (a.empty() || b.empty()) return {};
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double distance = 0;
  walk_steps(a, b, [&](double, double gap) { distance = std::max(distance, std::fabs(gap)); });
  return {distance,
          kolmogorov_p(distance, static_cast<double>(a.size()), static_cast<double>(b.size()))};
}

double wasserstein(std::vector<double> a, std::vector<double> b) {
  if (a.empty() || b.empty()) return 0;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double area = 0, last_value = 0, last_gap = 0;
  walk_steps(a, b, [&](double value, double gap) {
    area += std::fabs(last_gap) * (value - last_value);
    last_value = value;
    last_gap = gap;
  });
  return area;
}

double stability_index(const std::vector<double>& a, const std::vector<double>& b, double least) {
  DLWORK_ASSERT(a.size() == b.size(), "counts of the same cells");
  const double total_a = total_of(a), total_b = total_of(b);
  if (total_a == 0 || total_b == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == 0 && b[i] == 0) continue;
    const double p = std::max(a[i] / total_a, least), q = std::max(b[i] / total_b, least);
    sum += (q - p) * std::log(q / p);
  }
  return sum;
}

std::vector<double> bin_counts(const std::vector<double>& values,
                               const std::vector<double>& edges) {
  std::vector<double> counts(edges.size() + 2, 0.0);
  for (const double value : values) {
    const auto cell =
        std::isnan(value)
            ? edges.size() + 1
            : static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) -
                                       edges.begin());
    counts[cell] += 1;
  }
  return counts;
}

std::vector<double> quantile_edges(std::vector<double> values, int bins) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::vector<double> edges;
  if (values.empty()) return edges;
  std::sort(values.begin(), values.end());
  for (int i = 1; i < bins; ++i) {
    const double edge = values[values.size() * static_cast<std::size_t>(i) / bins];
    // An edge at the largest value would leave nothing above it.
    if (edge < values.back() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

double jensen_shannon(const std::vector<double>& a, const std::vector<double>& b) {
  DLWORK_ASSERT(a.size() == b.size(), "counts of the same cells");
  const double total_a = total_of(a), total_b = total_of(b);
  if (total_a == 0 || total_b == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double p = a[i] / total_a, q = b[i] / total_b, middle = (p + q) / 2;
    if (p > 0) sum += p * std::log(p / middle) / 2;
    if (q > 0) sum += q * std::log(q / middle) / 2;
  }
  return std::sqrt(std::max(0.0, sum));
}

double total_variation(const std::vector<double>& a, const std::vector<double>& b) {
  DLWORK_ASSERT(a.size() == b.size(), "counts of the same cells");
  const double total_a = total_of(a), total_b = total_of(b);
  if (total_a == 0 || total_b == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::fabs(a[i] / total_a - b[i] / total_b);
  return sum / 2;
}

}  // namespace dlwork
