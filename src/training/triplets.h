#pragma once

#include "dlwork/spec/project.h"
#include "model/torch.h"

namespace dlwork::training {

/// Places in a batch, [M] int64 each: a sample, one of its class and one of another.
struct MinedTriplets {
  torch::Tensor anchors, positives, negatives;
};

/// MinedTriplets of a batch, by the Euclidean distances of its embeddings; none where the batch has
/// fewer than two classes, or one sample of each. embeddings: [N, D]; classes: [N] int64.
///   hard       of each sample that of its class furthest away and that of another class nearest:
///              Hermans, Beyer and Leibe, In Defense of the Triplet Loss (2017), eq. 5
///   semi-hard  of each pair of a class the nearest of another class that is further away than the
///              pair is wide: Schroff, Kalenichenko and Philbin, FaceNet (2015), eq. 4; where there
///              is none, the one furthest away
MinedTriplets mine_triplets(const torch::Tensor& embeddings, const torch::Tensor& classes,
                            const std::string& mining);

/// The mean `triplet_loss` of what is mined, with the settings' margin: eq. 5 by the number of
/// triplets. 0, without a gradient, where there are none.
torch::Tensor mined_triplet_loss(const torch::Tensor& embeddings, const torch::Tensor& classes,
                                 const spec::Triplets& settings);

}  // namespace dlwork::training
