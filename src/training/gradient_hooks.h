#pragma once

#include <torch/csrc/autograd/variable.h>

#include <functional>
#include <utility>
#include <vector>

#include "model/torch.h"

namespace dlwork::training {

/// Calls `ready` in a backward pass with the index of each parameter as soon as its `grad` is
/// final, as long as this lives. Parameters that the loss does not depend on are not called for.
class GradientHooks {
 public:
  GradientHooks(const std::vector<torch::Tensor>& parameters,
                std::function<void(std::size_t)> ready);

 private:
  /// A kind of shared pointer that changes with LibTorch's version.
  using NodePointer =
      decltype(torch::autograd::impl::grad_accumulator(std::declval<const torch::Tensor&>()));
  std::vector<NodePointer> nodes_;  ///< tensors hold them weakly
};

}  // namespace dlwork::training
