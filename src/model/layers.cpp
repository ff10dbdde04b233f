#include "model/layers.h"

namespace dlwork::model {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// LibTorch wants a name for a module inside another; parameter names leave this one out.
constexpr char kInner[] = "of";

/// A layer that is one LibTorch module.
template <class Holder>
class Wrapped final : public Layer {
 public:
  explicit Wrapped(Holder module) : module_(register_module(kInner, std::move(module))) {}
  Tensor forward(const Tensor& input) override { return module_->forward(input); }

 private:
  Holder module_;
};

/// A layer without weights: a function of its input.
class Function final : public Layer {
 public:
  explicit Function(std::function<Tensor(const Tensor&)> function) : function_(std::move(function)) {}
  Tensor forward(const Tensor& input) override { return function_(input); }

 private:
  std::function<Tensor(const Tensor&)> function_;
};

template <class Holder>
std::shared_ptr<Layer> wrap(Holder holder) {
  return std::make_shared<Wrapped<Holder>>(std::move(holder));
}
std::shared_ptr<Layer> function(std::function<Tensor(const Tensor&)> of) {
  return std::make_shared<Function>(std::move(of));
}

/// Numbers pass; each trailing category code becomes its learned vector.
class EmbeddingLayer final : public Layer {
 public:
  EmbeddingLayer(const spec::Embedding& options, const data::FeatureShape& features)
      : numbers_(features.dims[0] - static_cast<std::int64_t>(features.category_sizes.size())) {
    for (std::size_t i = 0; i < features.category_sizes.size(); ++i) {
      const auto size = features.category_sizes[i];
      tables_.push_back(register_module(std::to_string(i),
                                        nn::Embedding(size, embedding_width(options, size))));
    }
  }
  Tensor forward(const Tensor& input) override {
    std::vector<Tensor> parts{input.narrow(1, 0, numbers_)};
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      parts.push_back(tables_[i]->forward(
          input.select(1, numbers_ + static_cast<std::int64_t>(i)).to(torch::kLong)));
    }
    return torch::cat(parts, 1);
  }

 private:
  std::int64_t numbers_;
  std::vector<nn::Embedding> tables_;
};

/// x + layers(x) (He et al., Deep Residual Learning, 2015, eq. 1 and 2: a projection where shapes
/// differ).
class ResidualLayer final : public Layer {
 public:
  ResidualLayer(const PlannedLayer& layer, const BuildContext& context) {
    for (const auto& inner : layer.inner) {
      layers_.push_back(register_module(std::to_string(layers_.size()), build_layer(inner, context)));
    }
    if (layer.input == layer.output) return;
    if (layer.input.size() == 3) {
      const auto& stride = layer.projection_stride;
      projection_ = register_module(
          "projection", wrap(nn::Conv2d(nn::Conv2dOptions(layer.input[0], layer.output[0], 1)
                                            .stride({stride[0], stride[1]})
                                            .bias(false))));
    } else {
      projection_ = register_module(
          "projection",
          wrap(nn::Linear(nn::LinearOptions(layer.input[0], layer.output[0]).bias(false))));
    }
  }
  Tensor forward(const Tensor& input) override {
    Tensor x = input;
    for (const auto& layer : layers_) x = layer->forward(x);
    return x + (projection_ ? projection_->forward(input) : input);
  }

 private:
  std::vector<std::shared_ptr<Layer>> layers_;
  std::shared_ptr<Layer> projection_;
};

std::shared_ptr<Layer> dense(const PlannedLayer& layer, bool bias) {
  return wrap(nn::Linear(nn::LinearOptions(layer.input[0], layer.output[0]).bias(bias)));
}

struct Builder {
  const PlannedLayer& layer;
  const BuildContext& context;

  std::shared_ptr<Layer> operator()(const spec::Linear& o) const { return dense(layer, o.bias); }
  std::shared_ptr<Layer> operator()(const spec::Output& o) const { return dense(layer, o.bias); }
  std::shared_ptr<Layer> operator()(const spec::Conv2d& o) const {
    return wrap(nn::Conv2d(nn::Conv2dOptions(layer.input[0], o.channels, o.kernel)
                               .stride(o.stride)
                               .padding(o.padding == "same" ? o.kernel / 2 : 0)
                               .groups(o.groups)
                               .bias(o.bias)));
  }
  std::shared_ptr<Layer> operator()(const spec::BatchNorm& o) const {
    if (layer.input.size() == 3) {
      return wrap(nn::BatchNorm2d(
          nn::BatchNorm2dOptions(layer.input[0]).momentum(o.momentum).eps(o.epsilon)));
    }
    return wrap(nn::BatchNorm1d(
        nn::BatchNorm1dOptions(layer.input[0]).momentum(o.momentum).eps(o.epsilon)));
  }
  std::shared_ptr<Layer> operator()(const spec::LayerNorm& o) const {
    return wrap(nn::LayerNorm(nn::LayerNormOptions(layer.input).eps(o.epsilon)));
  }
  std::shared_ptr<Layer> operator()(const spec::MaxPool2d& o) const {
    const auto stride = o.stride == 0 ? o.kernel : o.stride;
    return function([kernel = o.kernel, stride](const Tensor& x) {
      return torch::max_pool2d(x, {kernel, kernel}, {stride, stride});
    });
  }
  std::shared_ptr<Layer> operator()(const spec::AvgPool2d& o) const {
    const auto stride = o.stride == 0 ? o.kernel : o.stride;
    return function([kernel = o.kernel, stride](const Tensor& x) {
      return torch::avg_pool2d(x, {kernel, kernel}, {stride, stride});
    });
  }
  std::shared_ptr<Layer> operator()(const spec::GlobalAvgPool&) const {
    return function([](const Tensor& x) { return x.mean({2, 3}); });
  }
  std::shared_ptr<Layer> operator()(const spec::Dropout& o) const {
    return wrap(nn::Dropout(nn::DropoutOptions(o.rate)));
  }
  std::shared_ptr<Layer> operator()(const spec::Flatten&) const {
    return function([](const Tensor& x) { return x.flatten(1); });
  }
  std::shared_ptr<Layer> operator()(const spec::Relu&) const {
    if (!layer.may_overwrite) return function([](const Tensor& x) { return torch::relu(x); });
    return function([](Tensor x) { return x.relu_(); });
  }
  std::shared_ptr<Layer> operator()(const spec::Gelu&) const {
    return function([](const Tensor& x) { return torch::gelu(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Silu&) const {
    return function([](const Tensor& x) { return torch::silu(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Tanh&) const {
    return function([](const Tensor& x) { return torch::tanh(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Sigmoid&) const {
    return function([](const Tensor& x) { return torch::sigmoid(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::LeakyRelu& o) const {
    return function([slope = o.slope](const Tensor& x) { return torch::leaky_relu(x, slope); });
  }
  std::shared_ptr<Layer> operator()(const spec::Embedding& o) const {
    return std::make_shared<EmbeddingLayer>(o, context.features);
  }
  std::shared_ptr<Layer> operator()(const spec::Residual&) const {
    return std::make_shared<ResidualLayer>(layer, context);
  }
};

}  // namespace

std::shared_ptr<Layer> build_layer(const PlannedLayer& layer, const BuildContext& context) {
  return std::visit(Builder{layer, context}, layer.spec.options);
}

}  // namespace dlwork::model
