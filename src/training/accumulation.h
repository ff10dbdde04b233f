#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "training/optimizer.h"

namespace dlwork::training {

/// Gradients of several batches that make one step of the optimizer, each weighed by its share of
/// the step's samples. Of one batch a step they are left as they are.
class Accumulation {
 public:
  /// `bounds` of the batches of an epoch outlive this.
  Accumulation(std::int64_t batches, const FlatParameters& parameters,
               const std::vector<std::int64_t>& bounds)
      : batches_(batches), bounds_(bounds) {
    if (batches > 1) sum_ = torch::zeros_like(parameters.gradients);
  }

  /// Adds those of a batch, by `part`, this process's share of it. True when the step's last is in:
  /// `gradients` are then those of the step.
  bool add(const torch::Tensor& gradients, std::int64_t batch, double part) {
    if (batches_ == 1) return true;
    const std::int64_t first = batch / batches_ * batches_;
    const std::int64_t last =
        std::min(first + batches_, static_cast<std::int64_t>(bounds_.size()) - 1);
    const double share = static_cast<double>(bounds_[batch + 1] - bounds_[batch]) /
                         static_cast<double>(bounds_[last] - bounds_[first]);
    const torch::NoGradGuard no_grad;
    if (batch == first) sum_.zero_();
    if (part > 0) sum_.add_(gradients, part * share);
    if (batch + 1 < last) return false;
    gradients.copy_(sum_);
    return true;
  }

 private:
  std::int64_t batches_;
  const std::vector<std::int64_t>& bounds_;
  torch::Tensor sum_;
};

}  // namespace dlwork::training
