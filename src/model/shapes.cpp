#include "model/shapes.h"

#include <algorithm>
#include <numeric>

namespace dlwork::model {
namespace {

/// Longest sensible side or width, so that a slip of the pen is no order for terabytes.
constexpr std::int64_t kLargest = std::int64_t{1} << 24;

[[noreturn]] void misfit(const PlannedLayer& layer, const std::string& what) {
  throw Error(ExitStatus::kUsage,
              Diagnostic{layer.spec.at, "model.layers", "layer " + layer.name + ": " + what +
                                            "; its input is " + to_text(layer.input),
                         ""});
}

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void need_picture(const PlannedLayer& layer) {
  if (layer.input.size() != 3) misfit(layer, "needs pictures, [channels, height, width]");
}

std::int64_t windowed(const PlannedLayer& layer, std::int64_t side, std::int64_t kernel,
                      std::int64_t stride, std::int64_t padding) {
  if (side + 2 * padding < kernel) {
    misfit(layer, "a kernel of " + std::to_string(kernel) + " does not fit");
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
  Shape output_of(PlannedLayer& layer, const spec::Flatten&) const { return {elements(layer.input)}; }
  Shape output_of(PlannedLayer& layer, const spec::Embedding& options) const {
    const auto& sizes = features.category_sizes;
    if (sizes.empty()) misfit(layer, "needs a table with category columns");
    if (layer.input != features.dims || layer.name.substr(0, 2) != "0 ") {
      misfit(layer, "must be the first layer");
    }
    std::int64_t width = layer.input[0] - static_cast<std::int64_t>(sizes.size());
    for (const auto size : sizes) width += embedding_width(options, size);
    return {width};
  }
  Shape output_of(PlannedLayer& layer, const spec::Residual& options) const {
    if (options.layers.empty()) misfit(layer, "has no layers");
    layer.inner = plan(options.layers, layer.input, layer.name.substr(0, layer.name.find(' ')) + ".");
    const Shape output = layer.inner.empty() ? layer.input : layer.inner.back().output;
    if (output.size() != layer.input.size()) {
      misfit(layer, "its layers end with " + to_text(output) + ", which cannot be added to the input");
    }
    return output;
  }
  /// Everything else keeps the shape.
  template <class Options>
  Shape output_of(PlannedLayer& layer, const Options&) const {
    return layer.input;
  }

  std::vector<PlannedLayer> plan(const std::vector<spec::LayerSpec>& specs, Shape shape,
                                 const std::string& prefix) const {
    std::vector<PlannedLayer> layers;
    auto add = [&](const spec::LayerSpec& spec) {
      PlannedLayer layer{spec, prefix + std::to_string(layers.size()) + " " + spec.type, shape, {}, {}};
      layer.output = std::visit([&](const auto& options) { return output_of(layer, options); },
                                spec.options);
      if (elements(layer.output) > kLargest) misfit(layer, "makes " + to_text(layer.output) + ", too large");
      shape = layer.output;
      layers.push_back(std::move(layer));
    };
    for (const auto& spec : specs) {
      const bool dense = std::holds_alternative<spec::Linear>(spec.options) ||
                         std::holds_alternative<spec::Output>(spec.options);
      if (dense && shape.size() > 1) add({"flatten", spec.at, spec::Flatten{}});
      add(spec);
    }
    return layers;
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
  return Planner{input, outputs}.plan(all, input.dims, "");
}

}  // namespace dlwork::model
