#include "training/structured_loss.h"

#include <cmath>

#include "dlwork/base/rng.h"

namespace dlwork::training {

using torch::Tensor;

namespace {

constexpr std::int64_t kFilters = 32, kFilterSide = 3;

/// [32, channels, 3, 3], the same each time; a white picture of unit variance gives responses of
/// it.
Tensor random_filters(std::int64_t channels, const torch::TensorOptions& options) {
  Rng rng(1, "texture filters");
  const double scale = 1 / std::sqrt(static_cast<double>(channels * kFilterSide * kFilterSide));
  auto filters = torch::empty({kFilters, channels, kFilterSide, kFilterSide}, torch::kFloat32);
  float* values = filters.data_ptr<float>();
  for (std::int64_t i = 0; i < filters.numel(); ++i) {
    values[i] = static_cast<float>(scale * rng.normal());
  }
  return filters.to(options);
}

}  // namespace

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

Tensor texture_maps(const Tensor& pictures) {
  return torch::relu(torch::conv2d(pictures, random_filters(pictures.size(1), pictures.options())));
}

Tensor texture_loss(const Tensor& pictures, const Tensor& references) {
  return torch::mse_loss(pictures, references) +
         gram_loss(texture_maps(pictures), texture_maps(references));
}

}  // namespace dlwork::training
