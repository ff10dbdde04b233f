#pragma once

#include <functional>
#include <vector>

#include "dlwork/training/learner.h"
#include "model/network.h"

namespace dlwork::training {

/// Samples of the batch that a network is looked at with, at most.
inline constexpr std::int64_t kMostInspected = 128;

/// A network, what it was before it learned, a batch and the mean loss of what the network gives
/// of it.
struct NetworkAtWork {
  const model::Network& network;
  const model::Network& initial;
  const data::FeatureShape& features;
  model::Inputs inputs;
  std::function<torch::Tensor(const model::Inputs& outputs)> loss;
};
/// What each layer does with the batch, in evaluation mode. Leaves the loss's gradients.
std::vector<LayerReport> inspect_network(const NetworkAtWork& work);

/// The first layer's weights that are pictures; none: there are no such.
Filters filters_of(const model::Network& network);

}  // namespace dlwork::training
