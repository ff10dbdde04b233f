#include "model/layers.h"
#include "model/shape_rules.h"

// Layers made of layers.
namespace dlwork::model {
namespace {

namespace nn = torch::nn;
using torch::Tensor;
using Layers = std::vector<std::shared_ptr<Layer>>;

/// Layers one after another, registered as "0", "1", ...
class Chain : public Layer {
 public:
  Chain(const PlannedLayer& layer, const BuildContext& context)
      : layers_(build_layers(layer.inner, context)) {
    for (std::size_t i = 0; i < layers_.size(); ++i) register_module(std::to_string(i), layers_[i]);
  }
  Tensor forward(const Tensor& input) override { return forward_watched(input, {}, {}); }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    return forward_watched(input, lengths, {});
  }
  Tensor forward_watched(const Tensor& input, const Tensor& lengths, const Watch& watch) override {
    Tensor x = input, now = lengths;
    for (const auto& layer : layers_) {
      x = layer->forward_watched(x, now, watch);
      if (now.defined()) now = layer->lengths_after(now);
      if (watch) watch(*layer, x);
    }
    return x;
  }
  Tensor lengths_after(const Tensor& lengths) const override {
    Tensor now = lengths;
    for (const auto& layer : layers_) now = layer->lengths_after(now);
    return now;
  }
  Layers inner() const override { return layers_; }

 private:
  Layers layers_;
};

/// x + layers(x) (He et al., Deep Residual Learning, 2015, eq. 1 and 2: a projection where shapes
/// differ).
class ResidualLayer final : public Chain {
 public:
  ResidualLayer(const PlannedLayer& layer, const BuildContext& context) : Chain(layer, context) {
    if (layer.input == layer.output) return;
    const std::int64_t from = channels_of(layer.input), to = channels_of(layer.output);
    const auto& stride = layer.projection_stride;
    if (is_picture(layer.input)) {
      projection_ = make_pointwise(from, to, {stride[0], stride[1]}, /*bias=*/false);
    } else {
      projection_ = wrap(nn::Linear(nn::LinearOptions(from, to).bias(false)));
      if (is_sequence(layer.input)) step_ = stride[0];
    }
    register_module("projection", projection_);
  }
  Tensor forward_watched(const Tensor& input, const Tensor& lengths, const Watch& watch) override {
    return Chain::forward_watched(input, lengths, watch) + shortcut(input);
  }

 private:
  Tensor shortcut(const Tensor& input) const {
    if (!projection_) return input;
    return projection_->forward(step_ > 1 ? input.slice(1, 0, input.size(1), step_) : input);
  }

  std::shared_ptr<Layer> projection_;
  std::int64_t step_ = 1;  ///< of a sequence
};

/// Branches side by side (Szegedy et al., Going Deeper with Convolutions, 2014, section 4).
class ConcatLayer final : public Layer {
 public:
  ConcatLayer(const PlannedLayer& layer, const BuildContext& context)
      : branches_(build_layers(layer.inner, context)),
        dimension_(is_sequence(layer.output) ? 2 : 1) {
    for (std::size_t i = 0; i < branches_.size(); ++i) {
      register_module(std::to_string(i), branches_[i]);
    }
  }
  Tensor forward(const Tensor& input) override { return forward_watched(input, {}, {}); }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    return forward_watched(input, lengths, {});
  }
  Tensor forward_watched(const Tensor& input, const Tensor& lengths, const Watch& watch) override {
    std::vector<Tensor> parts;
    for (const auto& branch : branches_) {
      parts.push_back(branch->forward_watched(input, lengths, watch));
      if (watch) watch(*branch, parts.back());
    }
    return torch::cat(parts, dimension_);
  }
  /// As the first branch says; all have as many steps.
  Tensor lengths_after(const Tensor& lengths) const override {
    return branches_.front()->lengths_after(lengths);
  }
  Layers inner() const override { return branches_; }

 private:
  Layers branches_;
  std::int64_t dimension_;
};

}  // namespace

std::shared_ptr<Layer> make_residual(const PlannedLayer& layer, const BuildContext& context) {
  return std::make_shared<ResidualLayer>(layer, context);
}
std::shared_ptr<Layer> make_sequential(const PlannedLayer& layer, const BuildContext& context) {
  return std::make_shared<Chain>(layer, context);
}
std::shared_ptr<Layer> make_concat(const PlannedLayer& layer, const BuildContext& context) {
  return std::make_shared<ConcatLayer>(layer, context);
}

}  // namespace dlwork::model
