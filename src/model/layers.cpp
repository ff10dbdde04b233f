#include "model/layers.h"

#include "model/dropout.h"
#include "model/plan/kernels.h"
#include "model/shape_rules.h"

namespace dlwork::model {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// Srivastava et al. (2014), with what is kept scaled up while training. On the CPU the mask is the
/// one that planned kernels draw.
class DropoutLayer final : public Layer {
 public:
  explicit DropoutLayer(double rate) : rate_(rate) {}
  Tensor forward(const Tensor& input) override {
    if (!is_training() || rate_ == 0) return input;
    if (!input.is_cpu()) return torch::dropout(input, rate_, true);
    // In the order of the input's memory, channels last; but series by sample, though LibTorch's
    // recurrent layers leave them by step.
    const Tensor mask = torch::empty_like(
        input, torch::TensorOptions().dtype(torch::kFloat32),
        input.dim() == 4 ? at::MemoryFormat::Preserve : at::MemoryFormat::Contiguous);
    plan::kernels().dropout_mask(draw_mask_seed(), static_cast<float>(rate_),
                                 mask.data_ptr<float>(), mask.numel());
    return input * mask;
  }

 private:
  double rate_;
};

/// Numbers pass; each trailing category code becomes its learned vector.
class EmbeddingLayer final : public Layer {
 public:
  EmbeddingLayer(const spec::Embedding& options, const data::FeatureShape& features)
      : numbers_(features.dims[0] - static_cast<std::int64_t>(features.category_sizes.size())) {
    for (std::size_t i = 0; i < features.category_sizes.size(); ++i) {
      const auto size = features.category_sizes[i];
      tables_.push_back(
          register_module(std::to_string(i), nn::Embedding(size, embedding_width(options, size))));
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

/// [N, T] codes as float32 -> [N, T, dimension].
class TokenEmbeddingLayer final : public Layer {
 public:
  TokenEmbeddingLayer(std::int64_t vocabulary, std::int64_t dimension)
      : table_(register_module(kInner, nn::Embedding(vocabulary, dimension))) {}
  Tensor forward(const Tensor& input) override { return table_->forward(input.to(torch::kLong)); }

 private:
  nn::Embedding table_;
};

/// A norm over channels, which LibTorch wants as the second dimension.
template <class Holder>
class ChannelNorm final : public Layer {
 public:
  ChannelNorm(Holder norm, const Shape& input)
      : norm_(register_module(kInner, std::move(norm))), sequence_(is_sequence(input)) {}
  Tensor forward(const Tensor& input) override {
    if (!sequence_) return norm_->forward(input);
    return norm_->forward(input.transpose(1, 2).contiguous()).transpose(1, 2);
  }

 private:
  Holder norm_;
  bool sequence_;
};

template <class Holder>
std::shared_ptr<Layer> channel_norm(Holder norm, const Shape& input) {
  return std::make_shared<ChannelNorm<Holder>>(std::move(norm), input);
}

/// Batch norm of sequences: every step of every sample is one row.
class StepBatchNorm final : public Layer {
 public:
  explicit StepBatchNorm(nn::BatchNorm1d norm) : norm_(register_module(kInner, std::move(norm))) {}
  Tensor forward(const Tensor& input) override {
    return norm_->forward(input.flatten(0, 1)).view_as(input);
  }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    const auto rows = past_end(lengths, input.size(1)).logical_not().flatten().nonzero().squeeze(1);
    const auto standardised = norm_->forward(input.flatten(0, 1).index_select(0, rows));
    return torch::zeros_like(input).flatten(0, 1).index_copy(0, rows, standardised).view_as(input);
  }

 private:
  nn::BatchNorm1d norm_;
};

/// max(0, x) + slope min(0, x), a slope for each channel.
class PreluLayer final : public Layer {
 public:
  PreluLayer(const Shape& input, double slope)
      : slope_(register_parameter("weight", torch::full({channels_of(input)}, slope))),
        trailing_(is_picture(input) ? 2 : 0) {}
  Tensor forward(const Tensor& input) override {
    const auto slope = trailing_ > 0 ? slope_.view({-1, 1, 1}) : slope_;
    return torch::where(input > 0, input, input * slope);
  }

 private:
  Tensor slope_;
  int trailing_;  ///< dimensions after the channels
};

/// Whole channels are dropped: of a sequence, a channel at all its steps.
class ChannelDropout final : public Layer {
 public:
  ChannelDropout(const Shape& input, double rate) : sequence_(is_sequence(input)), rate_(rate) {}
  Tensor forward(const Tensor& input) override {
    if (!sequence_) return torch::feature_dropout(input, rate_, is_training());
    return torch::feature_dropout(input.transpose(1, 2), rate_, is_training()).transpose(1, 2);
  }

 private:
  bool sequence_;
  double rate_;
};

std::shared_ptr<Layer> dense(const PlannedLayer& layer, bool bias) {
  return wrap(nn::Linear(
      nn::LinearOptions(channels_of(layer.input), channels_of(layer.output)).bias(bias)));
}

struct Builder {
  const PlannedLayer& layer;
  const BuildContext& context;

  std::int64_t channels() const { return channels_of(layer.input); }

  std::shared_ptr<Layer> operator()(const spec::Linear& o) const { return dense(layer, o.bias); }
  std::shared_ptr<Layer> operator()(const spec::Output& o) const { return dense(layer, o.bias); }
  std::shared_ptr<Layer> operator()(const spec::Conv2d& o) const {
    if (o.kernel == 1 && o.groups == 1) {
      return make_pointwise(channels(), o.channels, {o.stride, o.stride}, o.bias);
    }
    return wrap(nn::Conv2d(nn::Conv2dOptions(channels(), o.channels, o.kernel)
                               .stride(o.stride)
                               .padding(padding_of(o))
                               .dilation(o.dilation)
                               .groups(o.groups)
                               .bias(o.bias)));
  }
  std::shared_ptr<Layer> operator()(const spec::DepthwiseConv2d& o) const {
    return wrap(nn::Conv2d(nn::Conv2dOptions(channels(), channels() * o.multiplier, o.kernel)
                               .stride(o.stride)
                               .padding(o.padding == "same" ? o.kernel / 2 : 0)
                               .groups(channels())
                               .bias(o.bias)));
  }
  std::shared_ptr<Layer> operator()(const spec::ConvTranspose2d& o) const {
    const auto padding = padding_of(o);
    return wrap(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(channels(), o.channels, o.kernel)
                                        .stride(o.stride)
                                        .padding(padding.cut)
                                        .output_padding(padding.add)
                                        .bias(o.bias)));
  }
  std::shared_ptr<Layer> operator()(const spec::Conv1d& o) const { return make_conv1d(layer, o); }
  std::shared_ptr<Layer> operator()(const spec::ConvTranspose1d& o) const {
    return make_conv_transpose1d(layer, o);
  }

  std::shared_ptr<Layer> operator()(const spec::BatchNorm& o) const {
    if (is_picture(layer.input)) {
      return wrap(
          nn::BatchNorm2d(nn::BatchNorm2dOptions(channels()).momentum(o.momentum).eps(o.epsilon)));
    }
    nn::BatchNorm1d norm(nn::BatchNorm1dOptions(channels()).momentum(o.momentum).eps(o.epsilon));
    if (is_sequence(layer.input)) return std::make_shared<StepBatchNorm>(norm);
    return wrap(norm);
  }
  std::shared_ptr<Layer> operator()(const spec::LayerNorm& o) const {
    const Shape over = is_sequence(layer.input) ? Shape{channels()} : layer.input;
    return wrap(nn::LayerNorm(nn::LayerNormOptions(over).eps(o.epsilon)));
  }
  std::shared_ptr<Layer> operator()(const spec::GroupNorm& o) const {
    return channel_norm(nn::GroupNorm(nn::GroupNormOptions(o.groups, channels()).eps(o.epsilon)),
                        layer.input);
  }
  /// Group norm with a group for each channel.
  std::shared_ptr<Layer> operator()(const spec::InstanceNorm& o) const {
    return channel_norm(nn::GroupNorm(nn::GroupNormOptions(channels(), channels()).eps(o.epsilon)),
                        layer.input);
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
  std::shared_ptr<Layer> operator()(const spec::MaxPool1d& o) const {
    return make_pool1d(o.kernel, o.stride == 0 ? o.kernel : o.stride, Pooling::kLargest);
  }
  std::shared_ptr<Layer> operator()(const spec::AvgPool1d& o) const {
    return make_pool1d(o.kernel, o.stride == 0 ? o.kernel : o.stride, Pooling::kMean);
  }
  std::shared_ptr<Layer> operator()(const spec::GlobalAvgPool&) const {
    return make_global_pool(layer.input, Pooling::kMean);
  }
  std::shared_ptr<Layer> operator()(const spec::GlobalMaxPool&) const {
    return make_global_pool(layer.input, Pooling::kLargest);
  }
  std::shared_ptr<Layer> operator()(const spec::AdaptiveAvgPool& o) const {
    if (is_picture(layer.input)) {
      return function([size = o.size](const Tensor& x) {
        return torch::adaptive_avg_pool2d(x, {size, size});
      });
    }
    return function([size = o.size](const Tensor& x) {
      return torch::adaptive_avg_pool1d(x.transpose(1, 2), size).transpose(1, 2);
    });
  }
  std::shared_ptr<Layer> operator()(const spec::AdaptiveMaxPool& o) const {
    if (is_picture(layer.input)) {
      return function([size = o.size](const Tensor& x) {
        return std::get<0>(torch::adaptive_max_pool2d(x, {size, size}));
      });
    }
    return function([size = o.size](const Tensor& x) {
      return std::get<0>(torch::adaptive_max_pool1d(x.transpose(1, 2), size)).transpose(1, 2);
    });
  }
  std::shared_ptr<Layer> operator()(const spec::PixelShuffle& o) const {
    return function(
        [factor = o.factor](const Tensor& x) { return torch::pixel_shuffle(x, factor); });
  }
  std::shared_ptr<Layer> operator()(const spec::Upsample& o) const {
    if (is_sequence(layer.input)) return make_repeat_steps(o.factor);
    const std::vector<std::int64_t> size{layer.output[1], layer.output[2]};
    if (o.mode == "nearest") {
      return function([size](const Tensor& x) { return torch::upsample_nearest2d(x, size); });
    }
    return function([size](const Tensor& x) {
      return torch::upsample_bilinear2d(x, size, /*align_corners=*/false);
    });
  }

  std::shared_ptr<Layer> operator()(const spec::Dropout& o) const {
    return std::make_shared<DropoutLayer>(o.rate);
  }
  std::shared_ptr<Layer> operator()(const spec::Dropout2d& o) const {
    return std::make_shared<ChannelDropout>(layer.input, o.rate);
  }
  std::shared_ptr<Layer> operator()(const spec::AlphaDropout& o) const {
    return wrap(nn::AlphaDropout(nn::AlphaDropoutOptions(o.rate)));
  }
  std::shared_ptr<Layer> operator()(const spec::Flatten&) const {
    return function([](const Tensor& x) { return x.flatten(1); });
  }
  std::shared_ptr<Layer> operator()(const spec::ToSequence&) const {
    return function([](const Tensor& x) { return x.flatten(2).transpose(1, 2); });
  }
  std::shared_ptr<Layer> operator()(const spec::Identity&) const {
    return function([](const Tensor& x) { return x; });
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
  std::shared_ptr<Layer> operator()(const spec::Elu& o) const {
    return function([alpha = o.alpha](const Tensor& x) { return torch::elu(x, alpha); });
  }
  std::shared_ptr<Layer> operator()(const spec::Selu&) const {
    return function([](const Tensor& x) { return torch::selu(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Softplus&) const {
    return function([](const Tensor& x) { return torch::softplus(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Hardswish&) const {
    return function([](const Tensor& x) { return torch::hardswish(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Mish&) const {
    return function([](const Tensor& x) { return torch::mish(x); });
  }
  std::shared_ptr<Layer> operator()(const spec::Prelu& o) const {
    return std::make_shared<PreluLayer>(layer.input, o.slope);
  }
  std::shared_ptr<Layer> operator()(const spec::Softmax&) const {
    const std::int64_t over = is_sequence(layer.input) ? 2 : 1;
    return function([over](const Tensor& x) { return torch::softmax(x, over); });
  }

  std::shared_ptr<Layer> operator()(const spec::Embedding& o) const {
    return std::make_shared<EmbeddingLayer>(o, context.features);
  }
  std::shared_ptr<Layer> operator()(const spec::TokenEmbedding& o) const {
    return std::make_shared<TokenEmbeddingLayer>(context.features.vocabulary, o.dimension);
  }
  std::shared_ptr<Layer> operator()(const spec::Positions& o) const {
    return make_positions(layer, o);
  }
  std::shared_ptr<Layer> operator()(const spec::Gru& o) const { return make_recurrent(layer, o); }
  std::shared_ptr<Layer> operator()(const spec::Lstm& o) const { return make_recurrent(layer, o); }
  std::shared_ptr<Layer> operator()(const spec::Attention& o) const {
    return make_attention(layer, o);
  }
  std::shared_ptr<Layer> operator()(const spec::TransformerEncoder& o) const {
    return make_transformer(layer, o);
  }
  std::shared_ptr<Layer> operator()(const spec::Residual&) const {
    return make_residual(layer, context);
  }
  std::shared_ptr<Layer> operator()(const spec::Sequential&) const {
    return make_sequential(layer, context);
  }
  std::shared_ptr<Layer> operator()(const spec::Concat&) const {
    return make_concat(layer, context);
  }
};

}  // namespace

std::shared_ptr<Layer> build_layer(const PlannedLayer& layer, const BuildContext& context) {
  return std::visit(Builder{layer, context}, layer.spec.options);
}

std::vector<std::shared_ptr<Layer>> build_layers(const std::vector<PlannedLayer>& layers,
                                                 const BuildContext& context) {
  std::vector<std::shared_ptr<Layer>> built;
  for (const auto& layer : layers) built.push_back(build_layer(layer, context));
  return built;
}

}  // namespace dlwork::model
