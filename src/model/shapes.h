#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/data/preprocess.h"
#include "dlwork/spec/layers.h"

namespace dlwork::model {

/// Shape of one sample without the batch: [C, H, W] or [D].
using Shape = std::vector<std::int64_t>;
std::string to_text(const Shape& shape);

/// A layer with the shapes it was found to have.
struct PlannedLayer {
  spec::LayerSpec spec;
  std::string name;  ///< "2 conv2d"; "4.1 linear" inside a residual
  Shape input;
  Shape output;
  std::vector<PlannedLayer> inner;  ///< of a residual
};

/// Infers every shape; adds `flatten` before a linear layer on pictures and the `output` layer where
/// it is absent. Throws Error(kUsage) at the layer's place in the project file when shapes do not
/// fit, naming the layer and what came in.
std::vector<PlannedLayer> plan_layers(const std::vector<spec::LayerSpec>& layers,
                                      const data::FeatureShape& input, std::int64_t outputs);

/// Width of the vector a category of so many values is embedded in.
std::int64_t embedding_width(const spec::Embedding& options, std::int64_t categories);

}  // namespace dlwork::model
