#pragma once

#include <memory>

#include "model/network.h"

namespace dlwork::model {

/// What the input of the network is, for layers that look at it (embedding).
struct BuildContext {
  const data::FeatureShape& features;
};

/// The LibTorch module of a planned layer. One overload a kind of layer; a kind without one does
/// not compile.
std::shared_ptr<Layer> build_layer(const PlannedLayer& layer, const BuildContext& context);

}  // namespace dlwork::model
