#include "task/reinforcement/linear_policy.h"

#include "dlwork/base/machine.h"
#include "task/reinforcement/episodes.h"

namespace dlwork::task {
namespace {

constexpr int kPolicies = 200;
constexpr std::size_t kEpisodes = 10;  // of each policy

/// [actions, state] weights, row by row.
ChooseActions linear(const std::vector<double>& weights, std::int64_t actions) {
  return [&weights, actions](const std::vector<float>& states, std::int64_t count) {
    const auto size = static_cast<std::int64_t>(states.size()) / count;
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t best = 0;
      double best_sum = 0;
      for (std::int64_t action = 0; action < actions; ++action) {
        double sum = 0;
        for (std::int64_t j = 0; j < size; ++j) {
          sum += weights[action * size + j] * states[i * size + j];
        }
        if (action == 0 || sum > best_sum) best = action, best_sum = sum;
      }
      chosen.push_back(best);
    }
    return chosen;
  };
}

double mean_of(const training::Outputs& returns) {
  double sum = 0;
  for (const float value : returns.values) sum += value;
  return sum / static_cast<double>(returns.rows);
}

}  // namespace

Rival search_linear_policy(const std::string& world, const data::Samples& samples,
                           const std::vector<std::int64_t>& fit_rows,
                           const std::vector<std::int64_t>& rows, std::uint64_t seed,
                           RunContext& run) {
  const double start = monotonic_seconds();
  const auto made = make_world(world);
  const auto actions = static_cast<std::int64_t>(made->actions().size());
  const auto size = static_cast<std::int64_t>(made->state_names().size());
  std::vector<std::int64_t> tried = fit_rows;
  if (tried.size() > kEpisodes) tried.resize(kEpisodes);
  std::vector<double> best;
  double best_return = 0;
  for (int policy = 0; policy < kPolicies; ++policy) {
    if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "readiness: stopped");
    Rng rng(seed, "linear policy " + std::to_string(policy));
    std::vector<double> weights(static_cast<std::size_t>(actions * size));
    for (double& weight : weights) weight = rng.normal();
    const double earned = mean_of(play(world, samples, tried, linear(weights, actions)));
    if (best.empty() || earned > best_return) best = weights, best_return = earned;
  }
  Rival rival{"linear policy",
              "best of " + std::to_string(kPolicies) + " drawn at random",
              static_cast<std::int64_t>(tried.size()),
              {},
              0};
  rival.outputs = play(world, samples, rows, linear(best, actions));
  rival.seconds = monotonic_seconds() - start;
  return rival;
}

}  // namespace dlwork::task
