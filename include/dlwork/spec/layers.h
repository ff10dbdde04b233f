#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dlwork/base/error.h"

namespace dlwork::spec {

/// A layer of `model.layers`. YAML forms: `relu`, `linear: 128` (the shorthand sets the first key)
/// or `conv2d: {channels: 32, kernel: 3}`. Shapes are inferred; no layer asks for its input size.
/// C, H, W: channels, height, width of a picture. T: steps of a sequence, which is [T, C].
/// `init` names how the weights start; "" is the layer's own way, see model/initialise.h.

/// Fully connected: [.., in] -> [units], or at each step of a sequence, [T, in] -> [T, units].
struct Linear {
  std::int64_t units = 0;  ///< required
  bool bias = true;
  bool each_step = false;
  std::string init;
};
/// The last layer: linear to as many units as the task needs. Added by itself when it is absent.
struct Output {
  bool bias = true;
  bool each_step = false;  ///< [T, in] -> [T, units], for tasks that say something of each step
};
/// [C, H, W] -> [channels, H', W'].
struct Conv2d {
  std::int64_t channels = 0;  ///< required
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::string padding = "same";  ///< "same" or "valid"; same pads dilation (kernel / 2)
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::string init;
};
/// [T, C] -> [T', channels]. same: T' = T / stride rounded up, for even kernels too; causal: as
/// same, but a step sees only those before it.
struct Conv1d {
  std::int64_t channels = 0;  ///< required
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::string padding = "same";  ///< "same", "causal" or "valid"
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::string init;
};
/// [C, H, W] -> [channels, stride H, stride W] (same), or [.., (H - 1) stride + kernel, ..]
/// (valid).
struct ConvTranspose2d {
  std::int64_t channels = 0;  ///< required
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
  std::string padding = "same";
  bool bias = true;
  std::string init;
};
/// [T, C] -> [stride T, channels] (same), or [(T - 1) stride + kernel, channels] (valid).
struct ConvTranspose1d {
  std::int64_t channels = 0;  ///< required
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
  std::string padding = "same";
  bool bias = true;
  std::string init;
};
/// A convolution of each channel by itself: conv2d with as many groups as channels.
struct DepthwiseConv2d {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::string padding = "same";
  std::int64_t multiplier = 1;  ///< output channels for each input channel
  bool bias = true;
  std::string init;
};
struct BatchNorm {
  double momentum = 0.1;
  double epsilon = 1e-5;
};
/// Over the whole sample; of a sequence over each step.
struct LayerNorm {
  double epsilon = 1e-5;
};
/// Wu and He 2018 (arXiv 1803.08494).
struct GroupNorm {
  std::int64_t groups = 8;
  double epsilon = 1e-5;
};
/// Ulyanov, Vedaldi and Lempitsky 2016 (arXiv 1607.08022), with a learned scale and shift.
struct InstanceNorm {
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
/// Over time: [T, C] -> [T', C].
struct MaxPool1d {
  std::int64_t kernel = 2;
  std::int64_t stride = 0;
};
struct AvgPool1d {
  std::int64_t kernel = 2;
  std::int64_t stride = 0;
};
/// Mean over H and W, or over T: -> [C]. Steps past a sequence's end do not count.
struct GlobalAvgPool {};
/// The largest value instead.
struct GlobalMaxPool {};
/// To a fixed size: [C, H, W] -> [C, size, size], or [T, C] -> [size, C].
struct AdaptiveAvgPool {
  std::int64_t size = 1;
};
struct AdaptiveMaxPool {
  std::int64_t size = 1;
};
/// [C r^2, H, W] -> [C, r H, r W] (Shi et al. 2016, arXiv 1609.05158).
struct PixelShuffle {
  std::int64_t factor = 2;
};
/// [C, H, W] -> [C, factor H, factor W], or [T, C] -> [factor T, C] (nearest alone).
struct Upsample {
  std::int64_t factor = 2;
  std::string mode = "nearest";  ///< "nearest" or "bilinear" (half-pixel centres)
};
struct Dropout {
  double rate = 0.5;
};
/// Whole channels at once (Tompson et al. 2015, arXiv 1411.4280).
struct Dropout2d {
  double rate = 0.5;
};
/// Keeps mean and variance of selu's output (Klambauer et al. 2017, arXiv 1706.02515).
struct AlphaDropout {
  double rate = 0.1;
};
struct Flatten {};
/// [C, H, W] -> [H W, C]: each pixel or patch becomes a step.
struct ToSequence {};
struct Identity {};
struct Relu {};
struct Gelu {};
struct Silu {};
struct Tanh {};
struct Sigmoid {};
struct LeakyRelu {
  double slope = 0.01;
};
struct Elu {
  double alpha = 1;
};
struct Selu {};
struct Softplus {};
struct Hardswish {};
struct Mish {};
/// leaky_relu with a learned slope for each channel (He et al. 2015, arXiv 1502.01852).
struct Prelu {
  double slope = 0.25;  ///< at the start
};
/// Over channels, inside a network; never last, for losses take what is before it.
struct Softmax {};
/// Categories as learned vectors; only as the first layer of a table. Numbers pass beside them.
struct Embedding {
  std::int64_t dimension = 0;  ///< 0: min(50, (categories + 1) / 2) for each column
};
/// Tokens as learned vectors; only as the first layer of a text: [T] codes -> [T, dimension].
struct TokenEmbedding {
  std::int64_t dimension = 64;
};
/// Adds the place in the sequence (Vaswani et al. 2017, arXiv 1706.03762, section 3.5).
struct Positions {
  std::string kind = "sinusoidal";  ///< or "learned"
};
/// Cho et al. 2014 (arXiv 1406.1078), as cuDNN and PyTorch write it.
struct Gru {
  std::int64_t units = 0;  ///< required; of each direction
  std::int64_t layers = 1;
  bool bidirectional = false;
  std::string gives = "last";  ///< "last": [units]; "sequence": [T, units]
  double dropout = 0;          ///< between layers
  std::string init;
};
/// Hochreiter and Schmidhuber 1997, with a forget gate (Gers et al. 2000).
struct Lstm {
  std::int64_t units = 0;  ///< required; of each direction
  std::int64_t layers = 1;
  bool bidirectional = false;
  std::string gives = "last";
  double dropout = 0;
  std::string init;
};
/// Multi-head self-attention (Vaswani et al. 2017, section 3.2): [T, C] -> [T, C].
struct Attention {
  std::int64_t heads = 4;
  double dropout = 0;  ///< of the attention weights
  std::string init;
};
/// Blocks of attention and two linear layers with shortcuts: [T, C] -> [T, C].
struct TransformerEncoder {
  std::int64_t layers = 1;
  std::int64_t heads = 4;
  std::int64_t feedforward = 0;  ///< 0: 4 C
  double dropout = 0.1;
  std::string norm =
      "first";  ///< before each part (Xiong et al. 2020), or "last" as Vaswani et al.
  std::string init;
};

struct LayerSpec;
/// x + layers(x), through a 1x1 convolution or a linear layer where shapes differ.
struct Residual {
  std::vector<LayerSpec> layers;  ///< required
};
/// Layers one after another: a branch of several layers.
struct Sequential {
  std::vector<LayerSpec> layers;  ///< required
};
/// Each branch sees the input; their outputs stand side by side as channels.
struct Concat {
  std::vector<LayerSpec> branches;  ///< required
};

using LayerOptions =
    std::variant<Linear, Output, Conv2d, Conv1d, ConvTranspose2d, ConvTranspose1d, DepthwiseConv2d,
                 BatchNorm, LayerNorm, GroupNorm, InstanceNorm, MaxPool2d, AvgPool2d, MaxPool1d,
                 AvgPool1d, GlobalAvgPool, GlobalMaxPool, AdaptiveAvgPool, AdaptiveMaxPool,
                 PixelShuffle, Upsample, Dropout, Dropout2d, AlphaDropout, Flatten, ToSequence,
                 Identity, Relu, Gelu, Silu, Tanh, Sigmoid, LeakyRelu, Elu, Selu, Softplus,
                 Hardswish, Mish, Prelu, Softmax, Embedding, TokenEmbedding, Positions, Gru, Lstm,
                 Attention, TransformerEncoder, Residual, Sequential, Concat>;

struct LayerSpec {
  std::string type;  ///< its YAML name: "linear", "conv2d", "batch_norm", ...
  Location at;
  LayerOptions options;
};

/// Every layer's YAML name, in the order of LayerOptions.
const std::vector<std::string>& layer_names();

/// What `init` may say, "" first; src/model/initialise.cpp has the formulas.
const std::vector<std::string>& init_names();
/// The layers with `init` where they name none of their own, inside other layers too.
std::vector<LayerSpec> with_init(std::vector<LayerSpec> layers, const std::string& init);

}  // namespace dlwork::spec
