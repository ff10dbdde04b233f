#include <array>
#include <type_traits>

#include "spec/fields.h"

namespace dlwork::spec {
namespace {

struct LayerRow {
  const char* name;
  const char* help;
};

// In the order of LayerOptions.
constexpr std::array<LayerRow, std::variant_size_v<LayerOptions>> kLayers{{
    {"linear", "Fully connected."},
    {"output", "Last layer: linear, to what the task needs; added by itself when left out."},
    {"conv2d", "Convolution over height and width."},
    {"conv1d", "Convolution over time."},
    {"conv_transpose2d", "Convolution that makes pictures larger."},
    {"conv_transpose1d", "Convolution that makes sequences longer."},
    {"depthwise_conv2d", "Convolution of each channel by itself."},
    {"batch_norm", "Standardises each channel over the batch."},
    {"layer_norm", "Standardises each sample; of a sequence each step."},
    {"group_norm", "Standardises groups of channels of each sample."},
    {"instance_norm", "Standardises each channel of each sample."},
    {"max_pool2d", "Largest value of each window."},
    {"avg_pool2d", "Mean of each window."},
    {"max_pool1d", "Largest value of each window over time."},
    {"avg_pool1d", "Mean of each window over time."},
    {"global_avg_pool", "Mean over height and width, or over time."},
    {"global_max_pool", "Largest value over height and width, or over time."},
    {"adaptive_avg_pool", "Means of as many windows as asked for."},
    {"adaptive_max_pool", "Largest values of as many windows as asked for."},
    {"pixel_shuffle", "Channels become pixels."},
    {"upsample", "Makes pictures larger, or sequences longer."},
    {"dropout", "Sets values to 0 at random while training."},
    {"dropout2d", "Sets whole channels to 0 at random while training."},
    {"alpha_dropout", "Dropout that keeps mean and variance, for selu."},
    {"flatten", "Everything in one row."},
    {"to_sequence", "Each pixel of a picture becomes a step of a sequence."},
    {"identity", "What comes in; a branch of concat."},
    {"relu", "max(0, x)."},
    {"gelu", "x times the standard normal distribution function of x."},
    {"silu", "x times the logistic function of x."},
    {"tanh", "Hyperbolic tangent."},
    {"sigmoid", "Logistic function."},
    {"leaky_relu", "x, and a small slope below 0."},
    {"elu", "x, and alpha (exp(x) - 1) below 0."},
    {"selu", "Scaled elu, which keeps mean 0 and variance 1; wants init: lecun."},
    {"softplus", "ln(1 + exp(x))."},
    {"hardswish", "x times a piecewise linear logistic function of x."},
    {"mish", "x times the hyperbolic tangent of softplus of x."},
    {"prelu", "x, and a learned slope below 0 for each channel."},
    {"softmax", "Shares of the channels, which sum to 1; inside a network alone."},
    {"embedding", "Categories as learned vectors; first layer of a table only."},
    {"token_embedding", "Tokens as learned vectors; first layer of a text only."},
    {"positions", "Adds where in the sequence a step stands."},
    {"gru", "Gated recurrent units over time."},
    {"lstm", "Long short-term memory over time."},
    {"attention", "Each step looks at all steps (multi-head self-attention)."},
    {"transformer_encoder", "Blocks of attention and two linear layers."},
    {"residual", "x + layers(x)."},
    {"sequential", "Layers one after another, as one."},
    {"concat", "Branches side by side, joined as channels."},
}};

constexpr double kMostChannels = 1 << 16;

void bias_key(bool& bias, Fields& f) { f.add("bias", bias, "Adds a learned constant."); }

void init_key(std::string& init, Fields& f) {
  f.add("init", init, "How its weights start; empty: model.init.").one_of(init_names());
}

void keys(Linear& layer, Fields& f) {
  f.add("units", layer.units, "Outputs.").required().at_least(1).at_most(1 << 20);
  bias_key(layer.bias, f);
  f.add("each_step", layer.each_step, "Of a sequence: at each step, not over all at once.");
  init_key(layer.init, f);
}

void keys(Output& layer, Fields& f) {
  bias_key(layer.bias, f);
  f.add("each_step", layer.each_step,
        "Of a sequence: at each step, for tasks that say something of each step.");
}

/// Channels, window and step, whose unit is pixels or steps.
template <class Convolution>
void window_keys(Convolution& layer, Fields& f, const char* unit) {
  if constexpr (requires { layer.channels; }) {
    f.add("channels", layer.channels, "Output channels.")
        .required()
        .at_least(1)
        .at_most(kMostChannels);
  }
  f.add("kernel", layer.kernel, "Side of the window.").unit(unit).at_least(1).at_most(1024);
  f.add("stride", layer.stride, "Step of the window.").unit(unit).at_least(1).at_most(1024);
}

void padding_key(std::string& padding, Fields& f) {
  f.add("padding", padding, "same pads by half the kernel, valid not at all.")
      .one_of({"same", "valid"});
}

void groups_key(std::int64_t& groups, Fields& f) {
  f.add("groups", groups, "Channels are split into so many groups.").at_least(1);
}

void dilation_key(std::int64_t& dilation, Fields& f, const char* unit, const char* help) {
  f.add("dilation", dilation, help).unit(unit).at_least(1).at_most(1 << 16);
}

void keys(Conv2d& layer, Fields& f) {
  window_keys(layer, f, "pixels");
  padding_key(layer.padding, f);
  dilation_key(layer.dilation, f, "pixels", "Distance between the window's pixels.");
  groups_key(layer.groups, f);
  bias_key(layer.bias, f);
  init_key(layer.init, f);
}

void keys(Conv1d& layer, Fields& f) {
  window_keys(layer, f, "steps");
  f.add("padding", layer.padding,
        "same keeps the length, causal too but sees no later step, valid pads not at all.")
      .one_of({"same", "causal", "valid"});
  dilation_key(layer.dilation, f, "steps", "Distance between the window's steps.");
  groups_key(layer.groups, f);
  bias_key(layer.bias, f);
  init_key(layer.init, f);
}

void keys(ConvTranspose2d& layer, Fields& f) {
  window_keys(layer, f, "pixels");
  f.add("padding", layer.padding, "same: sides grow by the stride; valid: by the kernel, too.")
      .one_of({"same", "valid"});
  bias_key(layer.bias, f);
  init_key(layer.init, f);
}

void keys(ConvTranspose1d& layer, Fields& f) {
  window_keys(layer, f, "steps");
  f.add("padding", layer.padding,
        "same: the length grows by the stride; valid: by the kernel, too.")
      .one_of({"same", "valid"});
  bias_key(layer.bias, f);
  init_key(layer.init, f);
}

void keys(DepthwiseConv2d& layer, Fields& f) {
  window_keys(layer, f, "pixels");
  padding_key(layer.padding, f);
  f.add("multiplier", layer.multiplier, "Output channels for each input channel.")
      .at_least(1)
      .at_most(1024);
  bias_key(layer.bias, f);
  init_key(layer.init, f);
}

void epsilon_key(double& epsilon, Fields& f) {
  f.add("epsilon", epsilon, "Added to the variance.").above(0).at_most(1);
}

void keys(BatchNorm& layer, Fields& f) {
  f.add("momentum", layer.momentum, "Weight of the newest batch in the running mean.")
      .above(0)
      .at_most(1);
  epsilon_key(layer.epsilon, f);
}
void keys(LayerNorm& layer, Fields& f) { epsilon_key(layer.epsilon, f); }
void keys(GroupNorm& layer, Fields& f) {
  f.add("groups", layer.groups, "Groups, which divide the channels.")
      .at_least(1)
      .at_most(kMostChannels);
  epsilon_key(layer.epsilon, f);
}
void keys(InstanceNorm& layer, Fields& f) { epsilon_key(layer.epsilon, f); }

template <class Pool>
void pool_keys(Pool& layer, Fields& f, const char* unit) {
  f.add("kernel", layer.kernel, "Side of the window.").unit(unit).at_least(1).at_most(1024);
  f.add("stride", layer.stride, "Step of the window; 0: as the kernel.")
      .unit(unit)
      .at_least(0)
      .at_most(1024);
}
void keys(MaxPool2d& layer, Fields& f) { pool_keys(layer, f, "pixels"); }
void keys(AvgPool2d& layer, Fields& f) { pool_keys(layer, f, "pixels"); }
void keys(MaxPool1d& layer, Fields& f) { pool_keys(layer, f, "steps"); }
void keys(AvgPool1d& layer, Fields& f) { pool_keys(layer, f, "steps"); }

void size_key(std::int64_t& size, Fields& f) {
  f.add("size", size, "Windows on each side, or over time.").at_least(1).at_most(4096);
}
void keys(AdaptiveAvgPool& layer, Fields& f) { size_key(layer.size, f); }
void keys(AdaptiveMaxPool& layer, Fields& f) { size_key(layer.size, f); }

void keys(PixelShuffle& layer, Fields& f) {
  f.add("factor", layer.factor, "By how much each side grows.").at_least(1).at_most(64);
}
void keys(Upsample& layer, Fields& f) {
  f.add("factor", layer.factor, "By how much each side grows.").at_least(1).at_most(64);
  f.add("mode", layer.mode, "How values between are found.").one_of({"nearest", "bilinear"});
}

void rate_key(double& rate, Fields& f, const char* help) {
  f.add("rate", rate, help).at_least(0).below(1);
}
void keys(Dropout& layer, Fields& f) { rate_key(layer.rate, f, "Share of values set to 0."); }
void keys(Dropout2d& layer, Fields& f) { rate_key(layer.rate, f, "Share of channels set to 0."); }
void keys(AlphaDropout& layer, Fields& f) {
  rate_key(layer.rate, f, "Share of values set to selu's lowest.");
}

void keys(LeakyRelu& layer, Fields& f) {
  f.add("slope", layer.slope, "Slope below 0.").at_least(0).below(1);
}
void keys(Elu& layer, Fields& f) {
  f.add("alpha", layer.alpha, "Minus the lowest value.").above(0).at_most(100);
}
void keys(Prelu& layer, Fields& f) {
  f.add("slope", layer.slope, "Slope below 0 at the start.").at_least(0).below(1);
}

void keys(Embedding& layer, Fields& f) {
  f.add("dimension", layer.dimension,
        "Length of a vector; 0: half the number of categories, at most 50.")
      .at_least(0)
      .at_most(4096);
}
void keys(TokenEmbedding& layer, Fields& f) {
  f.add("dimension", layer.dimension, "Length of a vector.").at_least(1).at_most(4096);
}
void keys(Positions& layer, Fields& f) {
  f.add("kind", layer.kind, "Sines and cosines, or a learned vector for each step.")
      .one_of({"sinusoidal", "learned"});
}

template <class Recurrent>
void recurrent_keys(Recurrent& layer, Fields& f) {
  f.add("units", layer.units, "Units of each direction.").required().at_least(1).at_most(1 << 14);
  f.add("layers", layer.layers, "Layers on top of each other.").at_least(1).at_most(64);
  f.add("bidirectional", layer.bidirectional, "A second one reads backwards.");
  f.add("gives", layer.gives, "The state after the last step, or all steps.")
      .one_of({"last", "sequence"});
  f.add("dropout", layer.dropout, "Share of values set to 0 between layers.").at_least(0).below(1);
  init_key(layer.init, f);
}
void keys(Gru& layer, Fields& f) { recurrent_keys(layer, f); }
void keys(Lstm& layer, Fields& f) { recurrent_keys(layer, f); }

void heads_key(std::int64_t& heads, Fields& f) {
  f.add("heads", heads, "Heads, which divide the channels.").at_least(1).at_most(256);
}
void keys(Attention& layer, Fields& f) {
  heads_key(layer.heads, f);
  f.add("dropout", layer.dropout, "Share of attention weights set to 0.").at_least(0).below(1);
  init_key(layer.init, f);
}
void keys(TransformerEncoder& layer, Fields& f) {
  f.add("layers", layer.layers, "Blocks.").at_least(1).at_most(64);
  heads_key(layer.heads, f);
  f.add("feedforward", layer.feedforward,
        "Units between the two linear layers; 0: 4 for a channel.")
      .at_least(0)
      .at_most(kMostChannels);
  f.add("dropout", layer.dropout, "Share of values set to 0.").at_least(0).below(1);
  f.add("norm", layer.norm, "Whether a block standardises before each part or after it.")
      .one_of({"first", "last"});
  init_key(layer.init, f);
}

void keys(Residual& layer, Fields& f) {
  f.add("layers", layer.layers, "The layers beside the shortcut.").required();
}
void keys(Sequential& layer, Fields& f) {
  f.add("layers", layer.layers, "The layers in order.").required();
}
void keys(Concat& layer, Fields& f) {
  f.add("branches", layer.branches, "Layers that each see the input; several in one: sequential.")
      .required();
}

/// Layers with nothing to set.
template <class Plain>
requires std::is_empty_v<Plain>
void keys(Plain&, Fields&) {}

template <std::size_t... Index>
LayerOptions make_default(std::size_t index, std::index_sequence<Index...>) {
  LayerOptions options;
  ((Index == index ? void(options.emplace<Index>()) : void()), ...);
  return options;
}

}  // namespace

const std::vector<std::string>& layer_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const LayerRow& row : kLayers) list.push_back(row.name);
    return list;
  }();
  return names;
}

const char* layer_help(const std::string& type) {
  for (const LayerRow& row : kLayers) {
    if (row.name == type) return row.help;
  }
  return "";
}

std::optional<LayerOptions> default_layer(const std::string& type) {
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    if (kLayers[i].name == type) {
      return make_default(i, std::make_index_sequence<kLayers.size()>());
    }
  }
  return std::nullopt;
}

std::vector<LayerSpec> with_init(std::vector<LayerSpec> layers, const std::string& init) {
  for (LayerSpec& layer : layers) {
    std::visit(
        [&](auto& options) {
          if constexpr (requires { options.init; }) {
            if (options.init.empty()) options.init = init;
          }
          if constexpr (requires { options.layers.front().options; }) {
            options.layers = with_init(std::move(options.layers), init);
          }
          if constexpr (requires { options.branches; }) {
            options.branches = with_init(std::move(options.branches), init);
          }
        },
        layer.options);
  }
  return layers;
}

const std::vector<std::string>& init_names() {
  static const std::vector<std::string> names{"",
                                              "he",
                                              "he-uniform",
                                              "xavier",
                                              "xavier-uniform",
                                              "lecun",
                                              "lecun-uniform",
                                              "orthogonal",
                                              "truncated-normal",
                                              "pytorch"};
  return names;
}

void describe(LayerOptions& options, Fields& f) {
  std::visit([&f](auto& layer) { keys(layer, f); }, options);
}

void describe(Model& model, Fields& f) {
  f.add("layers", model.layers, "Its layers in order; empty: the analogy's.");
  f.add("init", model.init, "How weights start; empty: he for most layers.").one_of(init_names());
}

}  // namespace dlwork::spec
