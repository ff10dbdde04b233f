#pragma once

#include "dlwork/base/rng.h"
#include "model/torch.h"
#include "training/own_model.h"

namespace dlwork::task {

/// Steps drawn to learn from: states and next [B, state], actions [B] int64, rewards and going
/// (1 where the episode went on) [B].
struct Transitions {
  torch::Tensor states, actions, rewards, next, going;
  Transitions to(const torch::Device& device) const;
};

/// The newest steps of all episodes (Lin 1992; Mnih et al. 2015), on the CPU.
class Replay {
 public:
  Replay(std::int64_t most, std::int64_t state_size);
  /// What such a memory takes.
  static std::uint64_t bytes(std::int64_t most, std::int64_t state_size);
  void add(const std::vector<double>& state, std::int64_t action, double reward,
           const std::vector<double>& next, bool ended);
  std::int64_t size() const { return std::min(added_, most_); }
  /// Drawn with replacement.
  Transitions draw(Rng& rng, std::int64_t count) const;
  /// For checkpoints: what it holds, and how many steps were ever added.
  training::NamedTensors tensors() const;
  std::int64_t& added() { return added_; }
  std::int64_t added() const { return added_; }

 private:
  std::int64_t most_;
  std::int64_t added_ = 0;
  Transitions held_;
};

}  // namespace dlwork::task
