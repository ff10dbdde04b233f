#include "phase/ensemble/average.h"

#include "phase/measuring.h"

namespace dlwork::phase {

training::Outputs average(const std::vector<training::Outputs>& members,
                          const std::vector<double>& weights) {
  DLWORK_ASSERT(!members.empty() && members.size() == weights.size(), "one weight a member");
  training::Outputs mean{members.front().rows, members.front().columns, {}};
  std::vector<double> sums(members.front().values.size(), 0.0);
  for (std::size_t m = 0; m < members.size(); ++m) {
    if (weights[m] == 0) continue;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weights[m] * members[m].values[i];
  }
  mean.values.assign(sums.begin(), sums.end());
  return mean;
}

std::vector<double> greedy_weights(const Context& context,
                                   const std::vector<training::Outputs>& members,
                                   const data::Target& target,
                                   const std::vector<std::int64_t>& rows, int rounds) {
  std::vector<double> taken(members.size(), 0);
  for (int round = 0; round < rounds; ++round) {
    std::size_t best = 0;
    double best_value = 0;
    for (std::size_t m = 0; m < members.size(); ++m) {
      std::vector<double> weights = taken;
      weights[m] += 1;
      for (double& weight : weights) weight /= round + 1;
      const double value = training::compute_metric(context.metric(), average(members, weights),
                                                    target, rows);
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

}  // namespace dlwork::phase
