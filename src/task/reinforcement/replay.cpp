#include "task/reinforcement/replay.h"

#include <algorithm>

namespace dlwork::task {

Transitions Transitions::to(const torch::Device& device) const {
  return {states.to(device), actions.to(device), rewards.to(device), next.to(device),
          going.to(device)};
}

Replay::Replay(std::int64_t most, std::int64_t state_size)
    : most_(most),
      held_{torch::zeros({most, state_size}), torch::zeros({most}, torch::kInt64),
            torch::zeros({most}), torch::zeros({most, state_size}), torch::zeros({most})} {}

std::uint64_t Replay::bytes(std::int64_t most, std::int64_t state_size) {
  const auto floats = static_cast<std::uint64_t>(2 * state_size + 2);
  return static_cast<std::uint64_t>(most) * (floats * sizeof(float) + sizeof(std::int64_t));
}

void Replay::add(const std::vector<double>& state, std::int64_t action, double reward,
                 const std::vector<double>& next, bool ended) {
  const std::int64_t place = added_ % most_;
  const auto size = static_cast<std::int64_t>(state.size());
  std::copy(state.begin(), state.end(), held_.states.data_ptr<float>() + place * size);
  std::copy(next.begin(), next.end(), held_.next.data_ptr<float>() + place * size);
  held_.actions.data_ptr<std::int64_t>()[place] = action;
  held_.rewards.data_ptr<float>()[place] = static_cast<float>(reward);
  held_.going.data_ptr<float>()[place] = ended ? 0.0f : 1.0f;
  ++added_;
}

Transitions Replay::draw(Rng& rng, std::int64_t count) const {
  auto places = torch::empty({count}, torch::kInt64);
  auto* values = places.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size())));
  }
  return {held_.states.index_select(0, places), held_.actions.index_select(0, places),
          held_.rewards.index_select(0, places), held_.next.index_select(0, places),
          held_.going.index_select(0, places)};
}

training::NamedTensors Replay::tensors() const {
  return {{"replay.states", held_.states},
          {"replay.actions", held_.actions},
          {"replay.rewards", held_.rewards},
          {"replay.next", held_.next},
          {"replay.going", held_.going}};
}

}  // namespace dlwork::task
