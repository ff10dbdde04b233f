#pragma once

#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "dlwork/phase/phase.h"
#include "dlwork/training/metrics.h"

namespace dlwork::phase {

/// Weighted mean of the members' outputs, row by row. Weights sum to 1.
training::Outputs average(const std::vector<training::Outputs>& members,
                          const std::vector<double>& weights);

/// Greedy selection with replacement (Caruana et al., Ensemble Selection from Libraries of Models,
/// ICML 2004): starts empty, adds the member that helps the goal's metric most, `rounds` times; a
/// member's weight is how often it was taken. Ties go to the member with the lower number.
std::vector<double> greedy_weights(const Context& context,
                                   const std::vector<training::Outputs>& members,
                                   const data::Target& target,
                                   const std::vector<std::int64_t>& rows, int rounds);

inline constexpr int kGainResamples = 1000;

/// 95 % interval of how much better `ensemble` is than `single` by `metric` (in the metric's own
/// direction, above 0: better): paired bootstrap over samples. Both hold one row of outputs for
/// each of `rows`.
Interval gain_interval(const training::MetricInfo& metric, const training::Outputs& ensemble,
                       const training::Outputs& single, const data::Target& target,
                       const std::vector<std::int64_t>& rows, Rng rng);

}  // namespace dlwork::phase
