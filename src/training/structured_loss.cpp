#include "training/structured_loss.h"

namespace dlwork::training {

using torch::Tensor;

Tensor binary_cross_entropy(const Tensor& outputs, const Tensor& targets) {
  return torch::binary_cross_entropy_with_logits(outputs, targets, {}, {}, at::Reduction::None)
      .mean(1);
}

Tensor ctc_loss(const Tensor& outputs, const CtcTargets& targets, std::int64_t blank) {
  const auto log_p =
      torch::log_softmax(outputs, 2).transpose(0, 1);  // [T, N, K], as LibTorch wants
  return torch::ctc_loss(log_p, targets.labels, targets.output_lengths, targets.label_lengths,
                         blank, at::Reduction::Mean, /*zero_infinity=*/true);
}

Tensor triplet_loss(const Tensor& anchors, const Tensor& positives, const Tensor& negatives,
                    double margin) {
  // LibTorch adds 1e-6 to each difference, so that the root has a derivative at 0.
  return torch::triplet_margin_loss(anchors, positives, negatives, margin);
}

Tensor gram_matrix(const Tensor& features) {
  const auto flat = features.flatten(2);  // [N, C, H W]
  return torch::bmm(flat, flat.transpose(1, 2)) / static_cast<double>(flat.size(1) * flat.size(2));
}

Tensor gram_loss(const Tensor& features, const Tensor& style) {
  return torch::mse_loss(gram_matrix(features), gram_matrix(style));
}

}  // namespace dlwork::training
