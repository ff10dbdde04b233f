#include "model/shape_rules.h"

#include <functional>
#include <numeric>

namespace dlwork::model {
namespace {

void need_picture(const PlannedLayer& layer) {
  if (is_picture(layer.input)) return;
  misfit(layer, "needs pictures, [channels, height, width]",
         "take the layer out, or put it before `flatten` and `linear`");
}

void need_sequence(const PlannedLayer& layer) {
  if (is_sequence(layer.input)) return;
  misfit(layer, "needs sequences, [steps, channels]",
         is_picture(layer.input) ? "put `to_sequence` before it"
                                 : "take the layer out, or put it before `flatten`, pooling over "
                                   "all steps, or a layer that gives the last step");
}

void need_picture_or_sequence(const PlannedLayer& layer) {
  if (is_picture(layer.input) || is_sequence(layer.input)) return;
  misfit(layer, "needs pictures, [channels, height, width], or sequences, [steps, channels]",
         "take the layer out, or put it before `flatten` and `linear`");
}

void need_divisor(const PlannedLayer& layer, const char* what, std::int64_t divisor) {
  const std::int64_t channels = channels_of(layer.input);
  if (channels % divisor == 0) return;
  misfit(layer, std::string(what) + " " + std::to_string(divisor) + " must divide the " +
                    std::to_string(channels) + " channels that come in");
}

/// Places a window stands at along one side.
std::int64_t windowed(const PlannedLayer& layer, std::int64_t side, std::int64_t kernel,
                      std::int64_t stride, std::int64_t padding) {
  if (side + padding < kernel) {
    misfit(layer, "kernel " + std::to_string(kernel) + " does not fit",
           "use a smaller kernel, or fewer pooling and strided layers before it");
  }
  return (side + padding - kernel) / stride + 1;
}

template <class Pool>
Shape pooled_picture(const PlannedLayer& layer, const Pool& pool) {
  need_picture(layer);
  const std::int64_t stride = pool.stride == 0 ? pool.kernel : pool.stride;
  return {layer.input[0], windowed(layer, layer.input[1], pool.kernel, stride, 0),
          windowed(layer, layer.input[2], pool.kernel, stride, 0)};
}

template <class Pool>
Shape pooled_sequence(const PlannedLayer& layer, const Pool& pool) {
  need_sequence(layer);
  const std::int64_t stride = pool.stride == 0 ? pool.kernel : pool.stride;
  return {windowed(layer, layer.input[0], pool.kernel, stride, 0), layer.input[1]};
}

template <class Transposed>
TransposedPadding transposed_padding(const Transposed& options) {
  if (options.padding != "same") return {};
  const std::int64_t cut = (options.kernel - options.stride + 1) / 2;
  return {cut, 2 * cut + options.stride - options.kernel};
}

struct Rules {
  const PlannedLayer& layer;
  const data::FeatureShape& features;
  std::int64_t outputs;

  Shape operator()(const spec::Linear& options) const {
    if (options.units < 1 || options.units > kLargestSide)
      misfit(layer, "units must be at least 1");
    if (!options.each_step) return {options.units};
    need_sequence(layer);
    return {layer.input[0], options.units};
  }
  Shape operator()(const spec::Output& options) const {
    if (!options.each_step) return {outputs};
    need_sequence(layer);
    return {layer.input[0], outputs};
  }
  Shape operator()(const spec::Conv2d& options) const {
    need_picture(layer);
    need_groups(options.channels, options.groups);
    const std::int64_t padding = 2 * padding_of(options);
    const std::int64_t reach = options.dilation * (options.kernel - 1) + 1;
    return {options.channels, windowed(layer, layer.input[1], reach, options.stride, padding),
            windowed(layer, layer.input[2], reach, options.stride, padding)};
  }
  Shape operator()(const spec::DepthwiseConv2d& options) const {
    need_picture(layer);
    const std::int64_t padding = options.padding == "same" ? options.kernel / 2 * 2 : 0;
    return {layer.input[0] * options.multiplier,
            windowed(layer, layer.input[1], options.kernel, options.stride, padding),
            windowed(layer, layer.input[2], options.kernel, options.stride, padding)};
  }
  Shape operator()(const spec::Conv1d& options) const {
    need_sequence(layer);
    need_groups(options.channels, options.groups);
    const auto padding = padding_of(options);
    const std::int64_t reach = options.dilation * (options.kernel - 1) + 1;
    return {windowed(layer, layer.input[0], reach, options.stride, padding.before + padding.after),
            options.channels};
  }
  Shape operator()(const spec::ConvTranspose2d& options) const {
    need_picture(layer);
    need_channels(options.channels);
    return {options.channels, grown(layer.input[1], options, "sides"),
            grown(layer.input[2], options, "sides")};
  }
  Shape operator()(const spec::ConvTranspose1d& options) const {
    need_sequence(layer);
    need_channels(options.channels);
    return {grown(layer.input[0], options, "the length"), options.channels};
  }
  Shape operator()(const spec::GroupNorm& options) const {
    need_divisor(layer, "groups", options.groups);
    return layer.input;
  }
  Shape operator()(const spec::InstanceNorm&) const {
    need_picture_or_sequence(layer);
    if (elements(layer.input) == channels_of(layer.input)) {
      misfit(layer, "needs more than one value in a channel");
    }
    return layer.input;
  }
  Shape operator()(const spec::MaxPool2d& options) const { return pooled_picture(layer, options); }
  Shape operator()(const spec::AvgPool2d& options) const { return pooled_picture(layer, options); }
  Shape operator()(const spec::MaxPool1d& options) const { return pooled_sequence(layer, options); }
  Shape operator()(const spec::AvgPool1d& options) const { return pooled_sequence(layer, options); }
  Shape operator()(const spec::GlobalAvgPool&) const { return over_all_places(); }
  Shape operator()(const spec::GlobalMaxPool&) const { return over_all_places(); }
  Shape operator()(const spec::AdaptiveAvgPool& options) const { return adapted(options.size); }
  Shape operator()(const spec::AdaptiveMaxPool& options) const { return adapted(options.size); }
  Shape operator()(const spec::PixelShuffle& options) const {
    need_picture(layer);
    const std::int64_t block = options.factor * options.factor;
    if (layer.input[0] % block != 0) {
      misfit(layer, "factor " + std::to_string(options.factor) + " needs channels that " +
                        std::to_string(block) + " divides");
    }
    return {layer.input[0] / block, layer.input[1] * options.factor,
            layer.input[2] * options.factor};
  }
  Shape operator()(const spec::Upsample& options) const {
    need_picture_or_sequence(layer);
    if (is_picture(layer.input)) {
      return {layer.input[0], layer.input[1] * options.factor, layer.input[2] * options.factor};
    }
    if (options.mode != "nearest") misfit(layer, "mode " + options.mode + " is for pictures");
    return {layer.input[0] * options.factor, layer.input[1]};
  }
  Shape operator()(const spec::Dropout2d&) const {
    need_picture_or_sequence(layer);
    return layer.input;
  }
  Shape operator()(const spec::Flatten&) const { return {elements(layer.input)}; }
  Shape operator()(const spec::ToSequence&) const {
    need_picture(layer);
    return {layer.input[1] * layer.input[2], layer.input[0]};
  }
  Shape operator()(const spec::Embedding& options) const {
    const auto& sizes = features.category_sizes;
    if (sizes.empty()) misfit(layer, "needs a table with category columns");
    need_first();
    std::int64_t width = layer.input[0] - static_cast<std::int64_t>(sizes.size());
    for (const auto size : sizes) width += embedding_width(options, size);
    return {width};
  }
  Shape operator()(const spec::TokenEmbedding& options) const {
    if (features.vocabulary == 0) misfit(layer, "needs texts, as codes of tokens");
    need_first();
    return {layer.input[0], options.dimension};
  }
  Shape operator()(const spec::Positions&) const {
    need_sequence(layer);
    return layer.input;
  }
  Shape operator()(const spec::Gru& options) const { return recurrent(options); }
  Shape operator()(const spec::Lstm& options) const { return recurrent(options); }
  Shape operator()(const spec::Attention& options) const { return attended(options.heads); }
  Shape operator()(const spec::TransformerEncoder& options) const {
    return attended(options.heads);
  }
  /// Everything else keeps the shape.
  template <class Options>
  Shape operator()(const Options&) const {
    return layer.input;
  }

 private:
  void need_first() const {
    if (layer.key != "model.layers.0") misfit(layer, "must be the first layer");
  }
  void need_channels(std::int64_t channels) const {
    if (channels < 1 || channels > kLargestSide) misfit(layer, "channels must be at least 1");
  }
  void need_groups(std::int64_t channels, std::int64_t groups) const {
    need_channels(channels);
    if (channels_of(layer.input) % groups == 0 && channels % groups == 0) return;
    misfit(layer, "groups " + std::to_string(groups) +
                      " must divide the channels that come in and go out");
  }
  /// What a transposed convolution makes of a side, or of a sequence's length.
  template <class Transposed>
  std::int64_t grown(std::int64_t side, const Transposed& options, const char* what) const {
    if (options.padding != "same") return (side - 1) * options.stride + options.kernel;
    const bool even = options.stride == 1 && options.kernel % 2 == 0;
    if (options.kernel < options.stride || even) {
      misfit(layer,
             "kernel " + std::to_string(options.kernel) + " at stride " +
                 std::to_string(options.stride) + " has no padding that grows " + what +
                 " by the stride",
             even ? "use an odd kernel" : "use a kernel of at least the stride, or padding: valid");
    }
    return side * options.stride;
  }
  Shape over_all_places() const {
    need_picture_or_sequence(layer);
    return {channels_of(layer.input)};
  }
  Shape adapted(std::int64_t size) const {
    need_picture_or_sequence(layer);
    if (is_picture(layer.input)) return {layer.input[0], size, size};
    return {size, layer.input[1]};
  }
  template <class Options>
  Shape recurrent(const Options& options) const {
    need_sequence(layer);
    if (options.units < 1) misfit(layer, "units must be at least 1");
    const std::int64_t width = options.units * (options.bidirectional ? 2 : 1);
    if (options.gives == "last") return {width};
    return {layer.input[0], width};
  }
  Shape attended(std::int64_t heads) const {
    need_sequence(layer);
    need_divisor(layer, "heads", heads);
    return layer.input;
  }
};

}  // namespace

void misfit(const PlannedLayer& layer, const std::string& what, const std::string& hint) {
  throw Error(
      ExitStatus::kUsage,
      Diagnostic{layer.spec.at, layer.key,
                 layer.spec.type + ": " + what + "; its input is " + to_text(layer.input), hint});
}

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

bool is_sequence(const Shape& shape) { return shape.size() == 2; }
bool is_picture(const Shape& shape) { return shape.size() == 3; }

std::int64_t channels_of(const Shape& shape) { return is_sequence(shape) ? shape[1] : shape[0]; }

Shape plain_output(const PlannedLayer& layer, const data::FeatureShape& features,
                   std::int64_t outputs) {
  return std::visit(Rules{layer, features, outputs}, layer.spec.options);
}

std::int64_t padding_of(const spec::Conv2d& options) {
  return options.padding == "same" ? options.dilation * (options.kernel / 2) : 0;
}

StepPadding padding_of(const spec::Conv1d& options) {
  if (options.padding == "valid") return {};
  const std::int64_t all = options.dilation * (options.kernel - 1);
  if (options.padding == "causal") return {all, 0};
  return {all / 2, all - all / 2};
}

TransposedPadding padding_of(const spec::ConvTranspose2d& options) {
  return transposed_padding(options);
}

TransposedPadding padding_of(const spec::ConvTranspose1d& options) {
  return transposed_padding(options);
}

std::int64_t feedforward_width(const spec::TransformerEncoder& options, std::int64_t channels) {
  return options.feedforward > 0 ? options.feedforward : 4 * channels;
}

}  // namespace dlwork::model
