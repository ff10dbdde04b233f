#pragma once

#include <torch/nn.h>

#include <array>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "model/network.h"

namespace dlwork::model {

/// What the input of the network is, for layers that look at it (embeddings).
struct BuildContext {
  const data::FeatureShape& features;
};

/// The LibTorch module of a planned layer. One overload a kind of layer; a kind without one does
/// not compile.
std::shared_ptr<Layer> build_layer(const PlannedLayer& layer, const BuildContext& context);
std::vector<std::shared_ptr<Layer>> build_layers(const std::vector<PlannedLayer>& layers,
                                                 const BuildContext& context);

/// LibTorch wants a name for a module inside another; parameter names leave this one out.
inline constexpr char kInner[] = "of";

/// A layer that is one LibTorch module.
template <class Holder>
class Wrapped final : public Layer {
 public:
  explicit Wrapped(Holder module) : module_(register_module(kInner, std::move(module))) {}
  torch::Tensor forward(const torch::Tensor& input) override { return module_->forward(input); }

 private:
  Holder module_;
};

/// A layer without weights: a function of its input.
class Function final : public Layer {
 public:
  using Of = std::function<torch::Tensor(const torch::Tensor&)>;
  explicit Function(Of function) : function_(std::move(function)) {}
  torch::Tensor forward(const torch::Tensor& input) override { return function_(input); }

 private:
  Of function_;
};

template <class Holder>
std::shared_ptr<Layer> wrap(Holder holder) {
  return std::make_shared<Wrapped<Holder>>(std::move(holder));
}
inline std::shared_ptr<Layer> function(Function::Of of) {
  return std::make_shared<Function>(std::move(of));
}

/// A convolution with a 1 x 1 kernel (pointwise.cpp).
std::shared_ptr<Layer> make_pointwise(std::int64_t in, std::int64_t out,
                                      std::array<std::int64_t, 2> stride, bool bias);

/// Where sequences [N, steps, ..] of these lengths have ended: [N, steps] bool.
inline torch::Tensor past_end(const torch::Tensor& lengths, std::int64_t steps) {
  return torch::arange(steps, lengths.options()).unsqueeze(0) >= lengths.unsqueeze(1);
}

// Kinds with files of their own.
// sequence_layers.cpp
std::shared_ptr<Layer> make_conv1d(const PlannedLayer& layer, const spec::Conv1d& options);
std::shared_ptr<Layer> make_conv_transpose1d(const PlannedLayer& layer,
                                             const spec::ConvTranspose1d& options);
enum class Pooling { kMean, kLargest };
std::shared_ptr<Layer> make_pool1d(std::int64_t kernel, std::int64_t stride, Pooling how);
std::shared_ptr<Layer> make_repeat_steps(std::int64_t factor);
std::shared_ptr<Layer> make_global_pool(const Shape& input, Pooling how);
std::shared_ptr<Layer> make_positions(const PlannedLayer& layer, const spec::Positions& options);
// recurrent.cpp
std::shared_ptr<Layer> make_recurrent(const PlannedLayer& layer, const spec::Gru& options);
std::shared_ptr<Layer> make_recurrent(const PlannedLayer& layer, const spec::Lstm& options);
// attention.cpp
std::shared_ptr<Layer> make_attention(const PlannedLayer& layer, const spec::Attention& options);
std::shared_ptr<Layer> make_transformer(const PlannedLayer& layer,
                                        const spec::TransformerEncoder& options);
// composite.cpp
std::shared_ptr<Layer> make_residual(const PlannedLayer& layer, const BuildContext& context);
std::shared_ptr<Layer> make_sequential(const PlannedLayer& layer, const BuildContext& context);
std::shared_ptr<Layer> make_concat(const PlannedLayer& layer, const BuildContext& context);

}  // namespace dlwork::model
