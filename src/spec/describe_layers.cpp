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
    {"batch_norm", "Standardises each channel over the batch."},
    {"layer_norm", "Standardises each sample."},
    {"max_pool2d", "Largest value of each window."},
    {"avg_pool2d", "Mean of each window."},
    {"global_avg_pool", "Mean over height and width."},
    {"dropout", "Sets values to 0 at random while training."},
    {"flatten", "Everything in one row."},
    {"relu", "max(0, x)."},
    {"gelu", "x times the standard normal distribution function of x."},
    {"silu", "x times the logistic function of x."},
    {"tanh", "Hyperbolic tangent."},
    {"sigmoid", "Logistic function."},
    {"leaky_relu", "x, and a small slope below 0."},
    {"embedding", "Categories as learned vectors; first layer of a table only."},
    {"residual", "x + layers(x)."},
}};

void keys(Linear& layer, Fields& f) {
  f.add("units", layer.units, "Outputs.").required().at_least(1).at_most(1 << 20);
  f.add("bias", layer.bias, "Adds a learned constant.");
}

void keys(Output& layer, Fields& f) { f.add("bias", layer.bias, "Adds a learned constant."); }

void keys(Conv2d& layer, Fields& f) {
  f.add("channels", layer.channels, "Output channels.").required().at_least(1).at_most(1 << 16);
  f.add("kernel", layer.kernel, "Side of the window.").unit("pixels").at_least(1).at_most(1024);
  f.add("stride", layer.stride, "Step of the window.").unit("pixels").at_least(1).at_most(1024);
  f.add("padding", layer.padding, "same pads by half the kernel, valid not at all.")
      .one_of({"same", "valid"});
  f.add("groups", layer.groups, "Channels are split into so many groups.").at_least(1);
  f.add("bias", layer.bias, "Adds a learned constant.");
}

void keys(BatchNorm& layer, Fields& f) {
  f.add("momentum", layer.momentum, "Weight of the newest batch in the running mean.")
      .above(0)
      .at_most(1);
  f.add("epsilon", layer.epsilon, "Added to the variance.").above(0).at_most(1);
}

void keys(LayerNorm& layer, Fields& f) {
  f.add("epsilon", layer.epsilon, "Added to the variance.").above(0).at_most(1);
}

template <class Pool>
void pool_keys(Pool& layer, Fields& f) {
  f.add("kernel", layer.kernel, "Side of the window.").unit("pixels").at_least(1).at_most(1024);
  f.add("stride", layer.stride, "Step of the window; 0: as the kernel.")
      .unit("pixels")
      .at_least(0)
      .at_most(1024);
}
void keys(MaxPool2d& layer, Fields& f) { pool_keys(layer, f); }
void keys(AvgPool2d& layer, Fields& f) { pool_keys(layer, f); }

void keys(Dropout& layer, Fields& f) {
  f.add("rate", layer.rate, "Share of values set to 0.").at_least(0).below(1);
}

void keys(LeakyRelu& layer, Fields& f) {
  f.add("slope", layer.slope, "Slope below 0.").at_least(0).below(1);
}

void keys(Embedding& layer, Fields& f) {
  f.add("dimension", layer.dimension,
        "Length of a vector; 0: half the number of categories, at most 50.")
      .at_least(0)
      .at_most(4096);
}

void keys(Residual& layer, Fields& f) {
  f.add("layers", layer.layers, "The layers beside the shortcut.").required();
}

void keys(GlobalAvgPool&, Fields&) {}
void keys(Flatten&, Fields&) {}
void keys(Relu&, Fields&) {}
void keys(Gelu&, Fields&) {}
void keys(Silu&, Fields&) {}
void keys(Tanh&, Fields&) {}
void keys(Sigmoid&, Fields&) {}

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

void describe(LayerOptions& options, Fields& f) {
  std::visit([&f](auto& layer) { keys(layer, f); }, options);
}

void describe(Model& model, Fields& f) {
  f.add("layers", model.layers, "Its layers in order; empty: the analogy's.");
}

}  // namespace dlwork::spec
