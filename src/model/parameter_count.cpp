#include <algorithm>

#include "model/shape_rules.h"

namespace dlwork::model {
namespace {

/// Numbers a layer learns.
struct Counter {
  const PlannedLayer& layer;
  const data::FeatureShape& features;

  std::int64_t in() const { return channels_of(layer.input); }
  std::int64_t out() const { return channels_of(layer.output); }
  static std::int64_t dense(std::int64_t from, std::int64_t to, bool bias) {
    return to * (from + (bias ? 1 : 0));
  }

  std::int64_t operator()(const spec::Linear& options) const {
    return dense(in(), out(), options.bias);
  }
  std::int64_t operator()(const spec::Output& options) const {
    return dense(in(), out(), options.bias);
  }
  std::int64_t operator()(const spec::Conv2d& options) const {
    return dense(in() / options.groups * options.kernel * options.kernel, out(), options.bias);
  }
  std::int64_t operator()(const spec::Conv1d& options) const {
    return dense(in() / options.groups * options.kernel, out(), options.bias);
  }
  std::int64_t operator()(const spec::ConvTranspose2d& options) const {
    return dense(in() * options.kernel * options.kernel, out(), options.bias);
  }
  std::int64_t operator()(const spec::ConvTranspose1d& options) const {
    return dense(in() * options.kernel, out(), options.bias);
  }
  std::int64_t operator()(const spec::DepthwiseConv2d& options) const {
    return dense(options.kernel * options.kernel, out(), options.bias);
  }
  std::int64_t operator()(const spec::BatchNorm&) const { return 2 * in(); }
  std::int64_t operator()(const spec::GroupNorm&) const { return 2 * in(); }
  std::int64_t operator()(const spec::InstanceNorm&) const { return 2 * in(); }
  std::int64_t operator()(const spec::LayerNorm&) const {
    return 2 * (is_sequence(layer.input) ? in() : elements(layer.input));
  }
  std::int64_t operator()(const spec::Prelu&) const { return in(); }
  std::int64_t operator()(const spec::Embedding& options) const {
    std::int64_t total = 0;
    for (const auto size : features.category_sizes) total += size * embedding_width(options, size);
    return total;
  }
  std::int64_t operator()(const spec::TokenEmbedding& options) const {
    return features.vocabulary * options.dimension;
  }
  std::int64_t operator()(const spec::Positions& options) const {
    return options.kind == "learned" ? elements(layer.input) : 0;
  }
  std::int64_t operator()(const spec::Gru& options) const { return recurrent(options, 3); }
  std::int64_t operator()(const spec::Lstm& options) const { return recurrent(options, 4); }
  /// Weights from the input and from the state before, each with a constant, for every gate.
  template <class Options>
  std::int64_t recurrent(const Options& options, std::int64_t gates) const {
    const std::int64_t directions = options.bidirectional ? 2 : 1, units = options.units;
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < options.layers; ++i) {
      const std::int64_t from = i == 0 ? in() : directions * units;
      total += directions * gates * units * (from + units + 2);
    }
    return total;
  }
  static std::int64_t attention(std::int64_t channels) {
    return 4 * dense(channels, channels, true);
  }
  std::int64_t operator()(const spec::Attention&) const { return attention(in()); }
  std::int64_t operator()(const spec::TransformerEncoder& options) const {
    const std::int64_t inside = feedforward_width(options, in());
    const std::int64_t block =
        attention(in()) + dense(in(), inside, true) + dense(inside, in(), true) + 4 * in();
    return options.layers * block + (options.norm == "first" ? 2 * in() : 0);
  }
  std::int64_t operator()(const spec::Residual&) const {
    return parameter_count(layer.inner, features) +
           (layer.input == layer.output ? 0 : in() * out());
  }
  std::int64_t operator()(const spec::Sequential&) const {
    return parameter_count(layer.inner, features);
  }
  std::int64_t operator()(const spec::Concat&) const {
    return parameter_count(layer.inner, features);
  }
  /// Everything else learns nothing.
  template <class Options>
  std::int64_t operator()(const Options&) const {
    return 0;
  }
};

}  // namespace

std::int64_t parameter_count(const PlannedLayer& layer, const data::FeatureShape& features) {
  return std::visit(
      [&](const auto& options) {
        return Counter{layer, features}(options);
      },
      layer.spec.options);
}

std::int64_t parameter_count(const std::vector<PlannedLayer>& layers,
                             const data::FeatureShape& features) {
  std::int64_t total = 0;
  for (const auto& layer : layers) total += parameter_count(layer, features);
  return total;
}

std::int64_t embedding_width(const spec::Embedding& options, std::int64_t categories) {
  return options.dimension > 0 ? options.dimension
                               : std::min<std::int64_t>(50, (categories + 1) / 2);
}

}  // namespace dlwork::model
