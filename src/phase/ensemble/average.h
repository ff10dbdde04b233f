#pragma once

#include <map>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/base/stats.h"
#include "dlwork/phase/phase.h"
#include "dlwork/training/metrics.h"
#include "phase/ensemble/members.h"

namespace dlwork::phase {

/// What the members say together of one part of the data, by their weights, which sum to 1. Figures
/// that were asked for once are kept, since a task may have to try the members out.
class Together {
 public:
  Together(const Context& context, const std::vector<Member>& members, const data::Samples& samples,
           const std::vector<std::int64_t>& rows, training::Outputs Member::*alone);
  training::Outputs outputs(const std::vector<double>& weights) const;
  double metric(const std::vector<double>& weights);

 private:
  const Context& context_;
  std::vector<training::Learner*> learners_;
  std::vector<const training::Outputs*> alone_;
  const data::Samples& samples_;
  const std::vector<std::int64_t>& rows_;
  std::map<std::vector<double>, double> known_;  ///< figures by weights
};

/// Greedy selection with replacement (Caruana et al., Ensemble Selection from Libraries of Models,
/// ICML 2004): starts empty, adds the member that helps the goal's metric most, `rounds` times; a
/// member's weight is how often it was taken. Ties go to the member with the lower number.
std::vector<double> greedy_weights(const Context& context, std::size_t members, Together& together,
                                   int rounds);

inline constexpr int kGainResamples = 1000;

/// 95 % interval of how much better `ensemble` is than `single` by `metric` (in the metric's own
/// direction, above 0: better): paired bootstrap over samples. Both hold one row of outputs for
/// each of `rows`.
Interval gain_interval(const training::MetricInfo& metric, const training::Outputs& ensemble,
                       const training::Outputs& single, const data::Target& target,
                       const std::vector<std::int64_t>& rows, Rng rng);

}  // namespace dlwork::phase
