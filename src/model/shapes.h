#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/data/preprocess.h"
#include "dlwork/spec/layers.h"

namespace dlwork::model {

/// Shape of one sample without the batch: [C, H, W], [T, C] or [D].
using Shape = std::vector<std::int64_t>;
std::string to_text(const Shape& shape);

/// A layer with the shapes it was found to have.
struct PlannedLayer {
  spec::LayerSpec spec;
  std::string name;  ///< "2 conv2d"; "4.1 linear" inside a residual, sequential or concat
  std::string key;   ///< its place in the project file: "model.layers.2", counted as written there
  Shape input;
  Shape output;
  std::vector<PlannedLayer> inner;  ///< of a residual or sequential; the branches of a concat
  /// Of a residual: steps of the 1x1 convolution that brings [C, H, W] to the inner layers' shape;
  /// of a sequence the first alone.
  std::array<std::int64_t, 2> projection_stride{1, 1};
  /// The layer may write over its input: nothing else reads it.
  bool may_overwrite = false;
};

/// Outputs of a network that ends with its own last layer: no `output` layer is added.
inline constexpr std::int64_t kOwnEnd = -1;

/// Infers every shape; adds `flatten` before a linear layer or an output on pictures and sequences
/// (but not one with `each_step`) and the `output` layer where it is absent. Throws Error(kUsage)
/// at the layer's place in the project file when shapes do not fit, naming the layer and what came
/// in, for a network past `kMostParameters`, and for an `output` layer or no layer at all with
/// `kOwnEnd`.
std::vector<PlannedLayer> plan_layers(const std::vector<spec::LayerSpec>& layers,
                                      const data::FeatureShape& input, std::int64_t outputs);

/// Trainable numbers of a layer, without making it.
std::int64_t parameter_count(const PlannedLayer& layer, const data::FeatureShape& features);
std::int64_t parameter_count(const std::vector<PlannedLayer>& layers,
                             const data::FeatureShape& features);
inline constexpr std::int64_t kMostParameters = std::int64_t{1} << 34;

/// Width of the vector a category of so many values is embedded in.
std::int64_t embedding_width(const spec::Embedding& options, std::int64_t categories);

}  // namespace dlwork::model
