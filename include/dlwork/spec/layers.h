#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dlwork/base/error.h"

namespace dlwork::spec {

/// A layer of `model.layers`. YAML forms: `relu`, `linear: 128` (the shorthand sets the first key)
/// or `conv2d: {channels: 32, kernel: 3}`. Shapes are inferred; no layer asks for its input size.
/// C, H, W: channels, height, width of a picture.

/// Fully connected: [.., in] -> [.., units].
struct Linear {
  std::int64_t units = 0;  ///< required
  bool bias = true;
};
/// The last layer: linear to as many units as the task needs. Added by itself when it is absent.
struct Output {
  bool bias = true;
};
/// [C, H, W] -> [channels, H', W'].
struct Conv2d {
  std::int64_t channels = 0;  ///< required
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::string padding = "same";  ///< "same" or "valid"; same pads kernel / 2
  std::int64_t groups = 1;
  bool bias = true;
};
struct BatchNorm {
  double momentum = 0.1;
  double epsilon = 1e-5;
};
struct LayerNorm {
  double epsilon = 1e-5;
};
struct MaxPool2d {
  std::int64_t kernel = 2;
  std::int64_t stride = 0;  ///< 0: as the kernel
};
struct AvgPool2d {
  std::int64_t kernel = 2;
  std::int64_t stride = 0;
};
/// Mean over H and W: [C, H, W] -> [C].
struct GlobalAvgPool {};
struct Dropout {
  double rate = 0.5;
};
struct Flatten {};
struct Relu {};
struct Gelu {};
struct Silu {};
struct Tanh {};
struct Sigmoid {};
struct LeakyRelu {
  double slope = 0.01;
};
/// Categories as learned vectors; only as the first layer of a table. Numbers pass beside them.
struct Embedding {
  std::int64_t dimension = 0;  ///< 0: min(50, (categories + 1) / 2) for each column
};

struct LayerSpec;
/// x + layers(x), through a 1x1 convolution or a linear layer where shapes differ.
struct Residual {
  std::vector<LayerSpec> layers;  ///< required
};

using LayerOptions =
    std::variant<Linear, Output, Conv2d, BatchNorm, LayerNorm, MaxPool2d, AvgPool2d, GlobalAvgPool,
                 Dropout, Flatten, Relu, Gelu, Silu, Tanh, Sigmoid, LeakyRelu, Embedding, Residual>;

struct LayerSpec {
  std::string type;  ///< its YAML name: "linear", "conv2d", "batch_norm", ...
  Location at;
  LayerOptions options;
};

/// Every layer's YAML name, in the order of LayerOptions.
const std::vector<std::string>& layer_names();

}  // namespace dlwork::spec
