#include "phase/ensemble/average.h"

#include "phase/measuring.h"

namespace dlwork::phase {
namespace {

/// Drawn by position, so that both sides of a comparison see the same samples.
training::Judged drawn(const training::Judged& judged, const std::vector<std::int64_t>& which) {
  const training::Outputs& outputs = judged.outputs;
  training::Judged some{{static_cast<std::int64_t>(which.size()), outputs.columns, {}}, {}};
  some.outputs.values.reserve(which.size() * outputs.columns);
  for (const auto index : which) {
    some.outputs.values.insert(some.outputs.values.end(), outputs.row(index),
                               outputs.row(index) + outputs.columns);
    some.rows.push_back(judged.rows[index]);
  }
  return some;
}

}  // namespace

Together::Together(const Context& context, const std::vector<Member>& members,
                   const data::Samples& samples, const std::vector<std::int64_t>& rows,
                   training::Outputs Member::*alone)
    : context_(context), samples_(samples), rows_(rows) {
  for (const Member& member : members) {
    learners_.push_back(member.learner.get());
    alone_.push_back(&(member.*alone));
  }
}

training::Outputs Together::outputs(const std::vector<double>& weights) const {
  return context_.task.combine(learners_, weights, alone_, samples_, rows_);
}

double Together::metric(const std::vector<double>& weights) {
  const auto known = known_.find(weights);
  if (known != known_.end()) return known->second;
  const double value =
      training::compute_metric(context_.metric(), outputs(weights), samples_.target, rows_);
  return known_.emplace(weights, value).first->second;
}

std::vector<double> greedy_weights(const Context& context, std::size_t members, Together& together,
                                   int rounds) {
  std::vector<double> taken(members, 0);
  for (int round = 0; round < rounds; ++round) {
    std::size_t best = 0;
    double best_value = 0;
    for (std::size_t m = 0; m < members; ++m) {
      std::vector<double> weights = taken;
      weights[m] += 1;
      for (double& weight : weights) weight /= round + 1;
      const double value = together.metric(weights);
      if (m == 0 || better_by(context, value, best_value) > 0) {
        best = m;
        best_value = value;
      }
    }
    taken[best] += 1;
  }
  for (double& weight : taken) weight /= rounds;
  return taken;
}

Interval gain_interval(const training::MetricInfo& metric, const training::Outputs& ensemble,
                       const training::Outputs& single, const data::Target& target,
                       const std::vector<std::int64_t>& rows, Rng rng) {
  const auto together = training::judge_rows(metric.name, ensemble, target, rows);
  const auto alone = training::judge_rows(metric.name, single, target, rows);
  const auto value = [&](const training::Judged& judged, const std::vector<std::int64_t>& which) {
    return training::compute_judged(metric.name, drawn(judged, which), target);
  };
  return bootstrap(
      together.outputs.rows,
      [&](const std::vector<std::int64_t>& which) {
        const double gain = value(together, which) - value(alone, which);
        return metric.higher_is_better ? gain : -gain;
      },
      kGainResamples, rng);
}

}  // namespace dlwork::phase
