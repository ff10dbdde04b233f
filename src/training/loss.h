#pragma once

#include <string>

#include "model/torch.h"

namespace dlwork::training {

struct LossSettings {
  double label_smoothing = 0;
  torch::Tensor class_weights;  ///< [K] or undefined
  double focal_gamma = 2;
  double quantile = 0.5;
};

/// Mean loss of a batch by name. Classification: outputs [N, K] logits, targets [N] int64;
/// regression: outputs [N, 1], targets [N] float32, both standardised.
///   cross-entropy (with label smoothing and class weights)
///   focal     (1 - p)^gamma times cross-entropy: Lin et al., Focal Loss for Dense Object Detection
///             (2017), eq. 5, with class weights; label smoothing does not apply
///   mse; mae; huber (Huber 1964, delta 1)
///   quantile  q e above and (q - 1) e below, e = target - output: Koenker and Bassett (1978)
torch::Tensor compute_loss(const std::string& name, const torch::Tensor& outputs,
                           const torch::Tensor& targets, const LossSettings& settings);
/// Throws Error(kUsage) when the table has no such loss, or it is one of another task.
void check_loss(const std::string& name, const std::string& task);

}  // namespace dlwork::training
