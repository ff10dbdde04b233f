#pragma once

#include "model/torch.h"

namespace dlwork::training {

/// Outputs of a function between `low` and `high` within this share of its range from a bound
/// hardly learn.
inline constexpr double kNearBound = 0.01;

/// Share of outputs that do.
inline double saturated_share(const torch::Tensor& output, double low, double high) {
  const double margin = kNearBound * (high - low);
  return ((output < low + margin) | (output > high - margin))
      .to(torch::kFloat32)
      .mean()
      .item<double>();
}

}  // namespace dlwork::training
