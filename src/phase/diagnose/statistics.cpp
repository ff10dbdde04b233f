#include "phase/diagnose/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace dlwork::phase::diagnose {
namespace {

double below(const artefact::Metric& metric) {
  return metric.value - metric.low.value_or(metric.value);
}
double above(const artefact::Metric& metric) {
  return metric.high.value_or(metric.value) - metric.value;
}

/// Continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's method as
/// modified by Thompson and Barnett (1986).
double beta_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostTerms = 10'000;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
  double h = d;
  for (int m = 1; m < kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double step = 1;
    for (const double term : {even, odd}) {
      d = 1 + term * d;
      d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
      c = 1 + term / c;
      if (std::fabs(c) < kTiny) c = kTiny;
      step = c * d;
      h *= step;
    }
    if (std::fabs(step - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return h;
}

/// Regularised incomplete beta function I_x(a, b).
double incomplete_beta(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(x, a, b) / a
                                   : 1 - front * beta_fraction(1 - x, b, a) / b;
}

double student_cdf(double t, double degrees) {
  const double tail = incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

/// Ranks from 1, ties sharing their mean; adds up t^3 - t over groups of t ties.
std::vector<double> ranks_of(const std::vector<double>& values, double* ties = nullptr) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = (static_cast<double>(begin + 1) + static_cast<double>(end)) / 2;
    const auto tied = static_cast<double>(end - begin);
    if (ties) *ties += tied * tied * tied - tied;
    for (; begin < end; ++begin) ranks[order[begin]] = rank;
  }
  return ranks;
}

double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

}  // namespace

Difference difference_of(const artefact::Metric& a, const artefact::Metric& b) {
  const double value = a.value - b.value;
  return {value, value - std::hypot(below(a), above(b)), value + std::hypot(above(a), below(b))};
}

Difference difference_of(const artefact::Metric& a, double exact) {
  return {a.value - exact, a.low.value_or(a.value) - exact, a.high.value_or(a.value) - exact};
}

Difference mean_of_pairs(const std::vector<double>& differences) {
  const double infinite = std::numeric_limits<double>::infinity();
  const double value = mean(differences);
  if (differences.size() < 2) return {value, -infinite, infinite};
  const auto n = static_cast<double>(differences.size());
  const double half =
      student_quantile(0.975, n - 1) * standard_deviation(differences) / std::sqrt(n);
  return {value, value - half, value + half};
}

double student_quantile(double p, double degrees) {
  if (p < 0.5) return -student_quantile(1 - p, degrees);
  double low = 0, high = 1;
  while (student_cdf(high, degrees) < p && high < 1e12) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
    const double middle = (low + high) / 2;
    (student_cdf(middle, degrees) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double fisher_greater(std::int64_t hits_inside, std::int64_t inside, std::int64_t hits_outside,
                      std::int64_t outside) {
  const auto hits = static_cast<double>(hits_inside + hits_outside);
  const auto n = static_cast<double>(inside), m = static_cast<double>(outside);
  const std::int64_t most = std::min(inside, hits_inside + hits_outside);
  double tail = 0;
  for (std::int64_t k = hits_inside; k <= most; ++k) {
    const double others = hits - static_cast<double>(k);
    if (others > m) continue;
    tail += std::exp(log_choose(n, static_cast<double>(k)) + log_choose(m, others) -
                     log_choose(n + m, hits));
  }
  return std::min(1.0, tail);
}

double mann_whitney_greater(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty() || b.empty()) return 1;
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  double ties = 0;
  const auto ranks = ranks_of(all, &ties);
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size()), both = n + m;
  const double u =
      std::accumulate(ranks.begin(), ranks.begin() + static_cast<std::int64_t>(a.size()), 0.0) -
      n * (n + 1) / 2;
  const double variance = n * m / 12 * (both + 1 - ties / (both * (both - 1)));
  if (!(variance > 0)) return 1;
  return 1 - normal_cdf((u - n * m / 2 - 0.5) / std::sqrt(variance));
}

std::vector<double> false_discovery(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] < p[b]; });
  std::vector<double> q(p.size(), 1);
  double least = 1;
  for (std::size_t rank = p.size(); rank > 0; --rank) {
    const std::size_t test = order[rank - 1];
    least = std::min(least, p[test] * static_cast<double>(p.size()) / static_cast<double>(rank));
    q[test] = least;
  }
  return q;
}

double ks_distance(std::vector<double> a, std::vector<double> b) {
  if (a.empty() || b.empty()) return 0;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double most = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double at = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == at) ++i;
    while (j < b.size() && b[j] == at) ++j;
    most = std::max(most, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                   static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return most;
}

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks_of(a), y = ranks_of(b);
  const double centre = (static_cast<double>(a.size()) + 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - centre) * (y[i] - centre);
    xx += (x[i] - centre) * (x[i] - centre);
    yy += (y[i] - centre) * (y[i] - centre);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace dlwork::phase::diagnose
