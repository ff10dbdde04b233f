#include "dlwork/task/task.h"

#include <algorithm>

#include "dlwork/data/weights.h"

namespace dlwork::task {

std::unique_ptr<data::Dataset> Task::make_dataset(const spec::Project& project,
                                                  RunContext& run) const {
  auto dataset = std::make_unique<data::Dataset>(data::load_dataset(project, name(), run));
  data::refuse_weights(project, dataset->samples);
  return dataset;
}

training::Outputs Task::combine(const std::vector<training::Learner*>&,
                                const std::vector<double>& weights,
                                const std::vector<const training::Outputs*>& alone,
                                const data::Samples&, const std::vector<std::int64_t>&) const {
  return weighted_mean(alone, weights);
}

training::Outputs weighted_mean(const std::vector<const training::Outputs*>& members,
                                const std::vector<double>& weights) {
  DLWORK_ASSERT(!members.empty() && members.size() == weights.size(), "one weight a member");
  training::Outputs mean{members.front()->rows, members.front()->columns, {}};
  std::vector<double> sums(members.front()->values.size(), 0.0);
  for (std::size_t m = 0; m < members.size(); ++m) {
    if (weights[m] == 0) continue;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weights[m] * members[m]->values[i];
  }
  mean.values.assign(sums.begin(), sums.end());
  return mean;
}

std::vector<Mistake> first_mistakes(std::vector<Mistake> mistakes, std::int64_t count) {
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.confidence > b.confidence; });
  if (static_cast<std::int64_t>(mistakes.size()) > count) mistakes.resize(count);
  return mistakes;
}

}  // namespace dlwork::task
