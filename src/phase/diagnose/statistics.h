#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/base/stats.h"

/// Tests and intervals that the diagnosis rests on.
namespace dlwork::phase::diagnose {

/// A difference with its 95 % interval.
struct Difference {
  double value = 0;
  double low = 0;
  double high = 0;
  /// [low, high]; null for a bound that is infinite.
  Json interval() const {
    const auto bound = [](double end) { return std::isfinite(end) ? Json(end) : Json(nullptr); };
    return Json::array({bound(low), bound(high)});
  }
};

/// a - b for two figures from different samples, from their own intervals: the method of variance
/// estimates recovery (Zou and Donner 2008, eq. 4; for shares with Wilson's intervals it is
/// Newcombe's method 10, 1998). A figure without an interval counts as exact.
Difference difference_of(const artefact::Metric& a, const artefact::Metric& b);
/// a - `exact`.
Difference difference_of(const artefact::Metric& a, double exact);

/// Mean of paired differences with Student's interval; infinite bounds for fewer than two.
Difference mean_of_pairs(const std::vector<double>& differences);
/// Quantile of Student's t with `degrees` above 0; p in (0, 1).
double student_quantile(double p, double degrees);

/// One-sided Fisher's exact test (Fisher 1935): how probable it is that as many or more of the
/// `inside` samples are among the `hits_inside + hits_outside` hits by chance.
double fisher_greater(std::int64_t hits_inside, std::int64_t inside, std::int64_t hits_outside,
                      std::int64_t outside);
/// One-sided Mann-Whitney test that values of `a` are larger, by the normal approximation with
/// correction for ties and continuity (Mann and Whitney 1947), as scipy's "asymptotic".
double mann_whitney_greater(const std::vector<double>& a, const std::vector<double>& b);

/// q-values (Benjamini and Hochberg 1995): the smallest false discovery rate at which each test
/// would be named, in the tests' order.
std::vector<double> false_discovery(const std::vector<double>& p);

/// Two-sample Kolmogorov-Smirnov distance; 0 where a side is empty.
double ks_distance(std::vector<double> a, std::vector<double> b);

/// Spearman's rank correlation, ties sharing their mean rank; 0 where a side does not vary.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace dlwork::phase::diagnose
