#pragma once

#include <string>

#include "dlwork/spec/project.h"
#include "model/torch.h"

namespace dlwork::training {

struct LossSettings {
  double label_smoothing = 0;
  torch::Tensor class_weights;  ///< [K] or undefined
  double focal_gamma = 2;
  double quantile = 0.5;
  spec::Triplets triplets{};
};
/// The loss that figures are compared by: as trained, but for what only helps training.
LossSettings unweighted(LossSettings settings);

/// Mean loss of a batch by name. Classification: outputs [N, K] logits, targets [N] int64;
/// regression: outputs [N, 1], targets [N] float32, both standardised; super-resolution: pictures
/// [N, C, H, W], both standardised.
///   cross-entropy (with label smoothing and class weights)
///   bce       the binary cross-entropy of each class against the rest, mean over classes (with
///             both too)
///   focal     (1 - p)^gamma times cross-entropy: Lin et al., Focal Loss for Dense Object Detection
///             (2017), eq. 5, with class weights; with label smoothing the sum over classes of that
///             of each, by its share of the label
///   mse; mae; huber (Huber 1964, delta 1)
///   quantile  q e above and (q - 1) e below, e = target - output: Koenker and Bassett (1978)
///   gram      texture_loss of pictures
/// Similarity: outputs [N, D] vectors, targets [N] int64.
///   triplet   of what is mined among the samples of the batch: mined_triplet_loss
/// ctc, of transcription, has lengths too: ctc_loss.
torch::Tensor compute_loss(const std::string& name, const torch::Tensor& outputs,
                           const torch::Tensor& targets, const LossSettings& settings);
/// What outputs say by a loss of classes: shares [.., K] that sum to 1. bce: each class's own
/// probability, as a share of their sum; the others: softmax.
torch::Tensor shares_of(const std::string& loss, const torch::Tensor& outputs);
/// The other way round: outputs that say these shares, the share 0 as 1e-22.
torch::Tensor outputs_for(const std::string& loss, const torch::Tensor& shares);
/// What a first loss of classes is when the network knows nothing: "ln of the number of classes".
std::string uninformed_text(const std::string& loss);
/// Throws Error(kUsage) when the table has no such loss, or it is one of another task.
void check_loss(const std::string& name, const std::string& task);

}  // namespace dlwork::training
