#pragma once

#include <cstdint>
#include <string>

#include "model/torch.h"

namespace dlwork::training {

/// What a loss is multiplied by before a backward pass in float16, whose least number, 6e-8, is
/// above many gradients; they are divided by it before the step (Micikevicius et al., Mixed
/// Precision Training, 2018, section 3.2). Where it makes a gradient overflow it is halved and the
/// step left out; after 2,000 steps without it is doubled (figures of PyTorch's GradScaler). Other
/// precisions need none: the factor is 1 and nothing is done.
class LossScale {
 public:
  LossScale(const std::string& precision, const torch::Device& device);

  bool active() const { return factor_.defined(); }
  /// [] float32 on the device, the same tensor all the time; undefined where not active.
  const torch::Tensor& factor() const { return factor_; }
  /// Divides gradients by the factor. False where one is not finite: there is to be no step.
  bool unscale(const torch::Tensor& gradients);
  /// Gradients overflowed without help of the factor, too.
  bool spent() const { return state_.factor < 1; }

  /// For checkpoints.
  struct State {
    double factor = 1;
    std::int64_t steps = 0;  ///< since the factor changed
  };
  const State& state() const { return state_; }
  void restore(const State& state);

 private:
  State state_;
  torch::Tensor factor_;
};

}  // namespace dlwork::training
