#include "training/triplets.h"

#include <limits>

#include "training/structured_loss.h"

namespace dlwork::training {
namespace {

using torch::Tensor;

constexpr double kFar = std::numeric_limits<double>::infinity();

/// Which pairs are of one class and not a sample with itself, and which are of two, [N, N].
struct Pairs {
  Tensor alike, apart;
};
Pairs pairs_of(const Tensor& classes) {
  const auto same = classes.unsqueeze(1) == classes.unsqueeze(0);
  const auto self = torch::eye(classes.size(0), same.options());
  return {same.logical_and(self.logical_not()), same.logical_not()};
}

MinedTriplets hardest(const Tensor& distances, const Pairs& pairs) {
  const auto furthest = distances.masked_fill(pairs.alike.logical_not(), -1).argmax(1);
  const auto nearest = distances.masked_fill(pairs.apart.logical_not(), kFar).argmin(1);
  const auto anchors = pairs.alike.any(1).logical_and(pairs.apart.any(1)).nonzero().squeeze(1);
  return {anchors, furthest.index_select(0, anchors), nearest.index_select(0, anchors)};
}

MinedTriplets semi_hard(const Tensor& distances, const Pairs& pairs) {
  const auto places = pairs.alike.logical_and(pairs.apart.any(1).unsqueeze(1)).nonzero();  // [M, 2]
  const auto anchors = places.select(1, 0), positives = places.select(1, 1);
  const auto width = distances.index({anchors, positives}).unsqueeze(1);  // [M, 1]
  const auto from_anchor = distances.index_select(0, anchors);            // [M, N]
  const auto apart = pairs.apart.index_select(0, anchors);
  const auto further = apart.logical_and(from_anchor > width);
  const auto nearest = from_anchor.masked_fill(further.logical_not(), kFar).argmin(1);
  const auto furthest = from_anchor.masked_fill(apart.logical_not(), -1).argmax(1);
  return {anchors, positives, torch::where(further.any(1), nearest, furthest)};
}

}  // namespace

MinedTriplets mine_triplets(const Tensor& embeddings, const Tensor& classes,
                            const std::string& mining) {
  const torch::NoGradGuard no_grad;
  const auto points = embeddings.detach().to(torch::kFloat32);
  const auto distances = torch::cdist(points, points, 2, /*compute_mode=*/2);  // no products: exact
  const Pairs pairs = pairs_of(classes);
  return mining == "hard" ? hardest(distances, pairs) : semi_hard(distances, pairs);
}

Tensor mined_triplet_loss(const Tensor& embeddings, const Tensor& classes,
                          const spec::Triplets& settings) {
  const MinedTriplets found = mine_triplets(embeddings, classes, settings.mining);
  if (found.anchors.size(0) == 0) return embeddings.sum() * 0;
  const auto at = [&](const Tensor& places) { return embeddings.index_select(0, places); };
  return triplet_loss(at(found.anchors), at(found.positives), at(found.negatives), settings.margin);
}

}  // namespace dlwork::training
