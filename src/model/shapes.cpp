#include "model/shapes.h"

#include <algorithm>
#include <numeric>

namespace dlwork::model {
namespace {

/// Longest sensible side or width, so that a slip of the pen is no order for terabytes.
constexpr std::int64_t kLargest = std::int64_t{1} << 24;

[[noreturn]] void misfit(const PlannedLayer& layer, const std::string& what,
                         const std::string& hint = "") {
  throw Error(ExitStatus::kUsage,
              Diagnostic{layer.spec.at, layer.key,
                         layer.spec.type + ": " + what + "; its input is " + to_text(layer.input),
                         hint});
}

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void need_picture(const PlannedLayer& layer) {
  if (layer.input.size() == 3) return;
  misfit(layer, "needs pictures, [channels, height, width]",
         "take the layer out, or put it before `flatten` and `linear`");
}

std::int64_t windowed(const PlannedLayer& layer, std::int64_t side, std::int64_t kernel,
                      std::int64_t stride, std::int64_t padding) {
  if (side + 2 * padding < kernel) {
    misfit(layer, "kernel " + std::to_string(kernel) + " does not fit",
           "use a smaller kernel, or fewer pooling and strided layers before it");
  }
  return (side + 2 * padding - kernel) / stride + 1;
}

Shape pooled(const PlannedLayer& layer, std::int64_t kernel, std::int64_t stride) {
  need_picture(layer);
  if (stride == 0) stride = kernel;
  return {layer.input[0], windowed(layer, layer.input[1], kernel, stride, 0),
          windowed(layer, layer.input[2], kernel, stride, 0)};
}

struct Planner {
  const data::FeatureShape& features;
  std::int64_t outputs;

  Shape output_of(PlannedLayer& layer, const spec::Linear& options) const {
    if (options.units < 1 || options.units > kLargest) misfit(layer, "units must be at least 1");
    return {options.units};
  }
  Shape output_of(PlannedLayer&, const spec::Output&) const { return {outputs}; }
  Shape output_of(PlannedLayer& layer, const spec::Conv2d& options) const {
    need_picture(layer);
    const std::int64_t channels = layer.input[0];
    if (options.channels < 1 || options.channels > kLargest) misfit(layer, "channels must be at least 1");
    if (channels % options.groups != 0 || options.channels % options.groups != 0) {
      misfit(layer, "groups " + std::to_string(options.groups) +
                        " must divide the channels that come in and go out");
    }
    const std::int64_t padding = options.padding == "same" ? options.kernel / 2 : 0;
    return {options.channels,
            windowed(layer, layer.input[1], options.kernel, options.stride, padding),
            windowed(layer, layer.input[2], options.kernel, options.stride, padding)};
  }
  Shape output_of(PlannedLayer& layer, const spec::MaxPool2d& options) const {
    return pooled(layer, options.kernel, options.stride);
  }
  Shape output_of(PlannedLayer& layer, const spec::AvgPool2d& options) const {
    return pooled(layer, options.kernel, options.stride);
  }
  Shape output_of(PlannedLayer& layer, const spec::GlobalAvgPool&) const {
    need_picture(layer);
    return {layer.input[0]};
  }
  Shape output_of(PlannedLayer& layer, const spec::Flatten&) const {
    return {elements(layer.input)};
  }
  Shape output_of(PlannedLayer& layer, const spec::Embedding& options) const {
    const auto& sizes = features.category_sizes;
    if (sizes.empty()) misfit(layer, "needs a table with category columns");
    if (layer.name.substr(0, 2) != "0 ") misfit(layer, "must be the first layer");
    std::int64_t width = layer.input[0] - static_cast<std::int64_t>(sizes.size());
    for (const auto size : sizes) width += embedding_width(options, size);
    return {width};
  }
  Shape output_of(PlannedLayer& layer, const spec::Residual& options) const {
    if (options.layers.empty()) misfit(layer, "has no layers");
    layer.inner = plan(options.layers, layer.input, layer.name.substr(0, layer.name.find(' ')) + ".",
                       layer.key + ".layers.");
    const Shape& output = layer.inner.back().output;
    if (output.size() != layer.input.size()) {
      misfit(layer,
             "its layers end with " + to_text(output) + ", which cannot be added to the input");
    }
    if (output.size() == 3 && output != layer.input) {
      for (int side : {0, 1}) {
        layer.projection_stride[side] = stride_between(layer, output, layer.input[side + 1],
                                                       output[side + 1]);
      }
    }
    return output;
  }
  /// The step with which a 1x1 window over `from` pixels stands at `to` places.
  static std::int64_t stride_between(const PlannedLayer& layer, const Shape& output,
                                     std::int64_t from, std::int64_t to) {
    const std::int64_t stride = (from + to - 1) / to;
    if ((from - 1) / stride + 1 == to) return stride;
    misfit(layer, "its layers end with " + to_text(output) + ", which no 1x1 convolution reaches",
           "pad convolutions (padding: same) or use a stride that divides the picture");
  }
  /// Everything else keeps the shape.
  template <class Options>
  Shape output_of(PlannedLayer& layer, const Options&) const {
    return layer.input;
  }

  std::vector<PlannedLayer> plan(const std::vector<spec::LayerSpec>& specs, Shape shape,
                                 const std::string& name_prefix,
                                 const std::string& key_prefix) const {
    std::vector<PlannedLayer> layers;
    auto add = [&](const spec::LayerSpec& spec, std::size_t place) {
      PlannedLayer layer;
      layer.spec = spec;
      layer.name = name_prefix + std::to_string(layers.size()) + " " + spec.type;
      layer.key = key_prefix + std::to_string(place);
      layer.input = shape;
      layer.output = std::visit([&](const auto& options) { return output_of(layer, options); },
                                spec.options);
      if (elements(layer.output) > kLargest) {
        misfit(layer, "makes " + to_text(layer.output) + ", too large");
      }
      layer.may_overwrite = !layers.empty() && forgets_output(layers.back());
      shape = layer.output;
      layers.push_back(std::move(layer));
    };
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const bool dense = std::holds_alternative<spec::Linear>(specs[i].options) ||
                         std::holds_alternative<spec::Output>(specs[i].options);
      if (dense && shape.size() > 1) add({"flatten", specs[i].at, spec::Flatten{}}, i);
      add(specs[i], i);
    }
    return layers;
  }
  /// Layers whose derivative needs their input alone, and whose output is memory of its own.
  static bool forgets_output(const PlannedLayer& layer) {
    const auto& options = layer.spec.options;
    return std::holds_alternative<spec::Linear>(options) ||
           std::holds_alternative<spec::Conv2d>(options) ||
           std::holds_alternative<spec::BatchNorm>(options);
  }
};

/// Numbers a layer learns.
struct Counter {
  const PlannedLayer& layer;
  const data::FeatureShape& features;

  std::int64_t dense(bool bias) const {
    return layer.output[0] * (layer.input[0] + (bias ? 1 : 0));
  }
  std::int64_t operator()(const spec::Linear& options) const { return dense(options.bias); }
  std::int64_t operator()(const spec::Output& options) const { return dense(options.bias); }
  std::int64_t operator()(const spec::Conv2d& options) const {
    return options.channels * (layer.input[0] / options.groups * options.kernel * options.kernel +
                               (options.bias ? 1 : 0));
  }
  std::int64_t operator()(const spec::BatchNorm&) const { return 2 * layer.input[0]; }
  std::int64_t operator()(const spec::LayerNorm&) const { return 2 * elements(layer.input); }
  std::int64_t operator()(const spec::Embedding& options) const {
    std::int64_t total = 0;
    for (const auto size : features.category_sizes) total += size * embedding_width(options, size);
    return total;
  }
  std::int64_t operator()(const spec::Residual&) const {
    return parameter_count(layer.inner, features) +
           (layer.input == layer.output ? 0 : layer.input[0] * layer.output[0]);
  }
  /// Everything else learns nothing.
  template <class Options>
  std::int64_t operator()(const Options&) const {
    return 0;
  }
};

}  // namespace

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

std::int64_t parameter_count(const PlannedLayer& layer, const data::FeatureShape& features) {
  return std::visit([&](const auto& options) { return Counter{layer, features}(options); },
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

std::vector<PlannedLayer> plan_layers(const std::vector<spec::LayerSpec>& layers,
                                      const data::FeatureShape& input, std::int64_t outputs) {
  std::vector<spec::LayerSpec> all = layers;
  const auto is_output = [](const spec::LayerSpec& layer) {
    return std::holds_alternative<spec::Output>(layer.options);
  };
  if (all.empty() || !is_output(all.back())) {
    all.push_back({"output", all.empty() ? Location{} : all.back().at, spec::Output{}});
  }
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if (is_output(all[i])) {
      throw Error(ExitStatus::kUsage, Diagnostic{all[i].at, "model.layers",
                                                 "`output` must be the last layer", ""});
    }
  }
  auto plan = Planner{input, outputs}.plan(all, input.dims, "", "model.layers.");
  std::int64_t total = 0;
  for (const auto& layer : plan) {
    total += parameter_count(layer, input);  // each is far below 2^63: sides are bounded
    if (total > kMostParameters) misfit(layer, "the network has more parameters than it may have");
  }
  return plan;
}

}  // namespace dlwork::model
