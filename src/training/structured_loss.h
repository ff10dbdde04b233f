#pragma once

#include <cstdint>

#include "model/torch.h"

namespace dlwork::training {

/// Losses on targets of more structure than a class or a number, for tasks that bring such targets:
/// labels of a sequence, triples of samples, a picture's texture. Means over the batch, unless said
/// otherwise.

/// Each output by itself: outputs [N, K] logits, targets [N, K] float32 in 0..1. The mean over the
/// K of each sample, [N].
torch::Tensor binary_cross_entropy(const torch::Tensor& outputs, const torch::Tensor& targets);

/// Connectionist temporal classification (Graves et al. 2006, eq. 8), the mean over samples of
/// -ln p(labels) / (number of labels). outputs [N, T, K] logits with `blank` among the K; labels
/// [N, L] int64 padded at will; output_lengths and label_lengths [N] int64. Labels that no path of
/// the output's length gives count as 0.
struct CtcTargets {
  torch::Tensor labels;
  torch::Tensor output_lengths;
  torch::Tensor label_lengths;
};
torch::Tensor ctc_loss(const torch::Tensor& outputs, const CtcTargets& targets,
                       std::int64_t blank = 0);

/// max(0, |a - p| - |a - n| + margin) with Euclidean distances: Schroff, Kalenichenko and Philbin,
/// FaceNet (2015), section 3.1 (there with squared distances). anchors, positives, negatives [N,
/// D].
torch::Tensor triplet_loss(const torch::Tensor& anchors, const torch::Tensor& positives,
                           const torch::Tensor& negatives, double margin = 1);

/// Inner products of a picture's feature maps over all places: [N, C, H, W] -> [N, C, C], divided
/// by C H W (Gatys, Ecker and Bethge, Image Style Transfer, 2016, eq. 3).
torch::Tensor gram_matrix(const torch::Tensor& features);
/// Mean squared difference of two Gram matrices.
torch::Tensor gram_loss(const torch::Tensor& features, const torch::Tensor& style);

/// What 32 fixed random filters of 3 x 3 see of pictures, positive responses alone: [N, C, H, W] ->
/// [N, 32, H - 2, W - 2]; sides at least 3. Random filters do for texture: Ustyuzhaninov et al.,
/// Texture Synthesis Using Shallow Convolutional Networks with Random Filters (2016, arXiv
/// 1606.00021), there of more scales and with more filters.
torch::Tensor texture_maps(const torch::Tensor& pictures);
/// Mean squared error of the pixels plus the Gram loss of the texture maps.
torch::Tensor texture_loss(const torch::Tensor& pictures, const torch::Tensor& references);

}  // namespace dlwork::training
