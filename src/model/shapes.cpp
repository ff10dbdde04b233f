#include "model/shapes.h"

#include <algorithm>

#include "model/shape_rules.h"

namespace dlwork::model {
namespace {

template <class Options>
bool is(const spec::LayerSpec& layer) {
  return std::holds_alternative<Options>(layer.options);
}

/// Takes one row of numbers, so that `flatten` goes before it.
bool takes_a_row(const spec::LayerSpec& layer) {
  const auto* linear = std::get_if<spec::Linear>(&layer.options);
  const auto* output = std::get_if<spec::Output>(&layer.options);
  return (linear && !linear->each_step) || (output && !output->each_step);
}

/// Layers whose derivative needs their input alone, and whose output is memory of its own.
bool forgets_output(const PlannedLayer& layer) {
  return is<spec::Linear>(layer.spec) || is<spec::Conv2d>(layer.spec) ||
         is<spec::BatchNorm>(layer.spec);
}

struct Planner {
  const data::FeatureShape& features;
  std::int64_t outputs;

  Shape output_of(PlannedLayer& layer, const spec::Residual& options) const {
    layer.inner = inside(layer, options.layers);
    const Shape& output = layer.inner.back().output;
    if (output.size() != layer.input.size()) {
      misfit(layer,
             "its layers end with " + to_text(output) + ", which cannot be added to the input");
    }
    if (output == layer.input) return output;
    if (is_sequence(output)) {
      layer.projection_stride[0] = stride_between(layer, output, layer.input[0], output[0]);
    }
    if (is_picture(output)) {
      for (int side : {0, 1}) {
        layer.projection_stride[side] =
            stride_between(layer, output, layer.input[side + 1], output[side + 1]);
      }
    }
    return output;
  }
  Shape output_of(PlannedLayer& layer, const spec::Sequential& options) const {
    layer.inner = inside(layer, options.layers);
    return layer.inner.back().output;
  }
  Shape output_of(PlannedLayer& layer, const spec::Concat& options) const {
    if (options.branches.empty()) misfit(layer, "has no branches");
    Shape joined;
    for (std::size_t i = 0; i < options.branches.size(); ++i) {
      layer.inner.push_back(branch(layer, options.branches[i], i));
      join(layer, joined, layer.inner.back().output);
    }
    return joined;
  }
  template <class Options>
  Shape output_of(PlannedLayer& layer, const Options&) const {
    return plain_output(layer, features, outputs);
  }

  std::vector<PlannedLayer> plan(const std::vector<spec::LayerSpec>& specs, Shape shape,
                                 const std::string& name_prefix,
                                 const std::string& key_prefix) const {
    std::vector<PlannedLayer> layers;
    auto add = [&](const spec::LayerSpec& spec, std::size_t place) {
      PlannedLayer layer = planned(spec, shape, name_prefix + std::to_string(layers.size()),
                                   key_prefix + std::to_string(place));
      layer.may_overwrite = !layers.empty() && forgets_output(layers.back());
      shape = layer.output;
      layers.push_back(std::move(layer));
    };
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (takes_a_row(specs[i]) && shape.size() > 1) {
        add({"flatten", specs[i].at, spec::Flatten{}}, i);
      }
      add(specs[i], i);
    }
    return layers;
  }

 private:
  PlannedLayer planned(const spec::LayerSpec& spec, const Shape& input, const std::string& number,
                       const std::string& key) const {
    PlannedLayer layer;
    layer.spec = spec;
    layer.name = number + " " + spec.type;
    layer.key = key;
    layer.input = input;
    layer.output =
        std::visit([&](const auto& options) { return output_of(layer, options); }, spec.options);
    if (elements(layer.output) > kLargestSide) {
      misfit(layer, "makes " + to_text(layer.output) + ", too large");
    }
    return layer;
  }

  static std::string number_of(const PlannedLayer& layer) {
    return layer.name.substr(0, layer.name.find(' '));
  }

  std::vector<PlannedLayer> inside(const PlannedLayer& layer,
                                   const std::vector<spec::LayerSpec>& specs) const {
    if (specs.empty()) misfit(layer, "has no layers");
    return plan(specs, layer.input, number_of(layer) + ".", layer.key + ".layers.");
  }

  /// One branch as one layer: where `flatten` has to go before it, the two in a sequential.
  PlannedLayer branch(const PlannedLayer& layer, const spec::LayerSpec& spec,
                      std::size_t place) const {
    const std::string number = number_of(layer) + "." + std::to_string(place);
    const std::string key = layer.key + ".branches." + std::to_string(place);
    if (!takes_a_row(spec) || layer.input.size() == 1)
      return planned(spec, layer.input, number, key);
    const spec::LayerSpec flatten{"flatten", spec.at, spec::Flatten{}};
    return planned({"sequential", spec.at, spec::Sequential{{flatten, spec}}}, layer.input, number,
                   key);
  }

  /// Adds a branch's channels to those of the branches before it.
  static void join(const PlannedLayer& layer, Shape& joined, const Shape& branch) {
    if (joined.empty()) {
      joined = branch;
      return;
    }
    Shape rest = branch;
    const std::size_t channels = is_sequence(branch) ? 1 : 0;
    if (branch.size() == joined.size()) rest[channels] = joined[channels];
    if (rest != joined) {
      misfit(layer,
             "its branches end with " + to_text(joined) + " and " + to_text(branch) +
                 ", which differ in more than channels",
             "let all branches keep the size, or bring them to the same one");
    }
    joined[channels] += branch[channels];
  }

  /// The step with which a 1x1 window over `from` places stands at `to` places.
  static std::int64_t stride_between(const PlannedLayer& layer, const Shape& output,
                                     std::int64_t from, std::int64_t to) {
    const std::int64_t stride = (from + to - 1) / to;
    if ((from - 1) / stride + 1 == to) return stride;
    misfit(layer, "its layers end with " + to_text(output) + ", which no 1x1 convolution reaches",
           "pad convolutions (padding: same) or use a stride that divides the picture");
  }
};

/// What may stand where in the list.
void check_order(const std::vector<spec::LayerSpec>& all, const data::FeatureShape& input) {
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const std::string key = "model.layers." + std::to_string(i);
    if (is<spec::Output>(all[i])) {
      throw Error(ExitStatus::kUsage,
                  Diagnostic{all[i].at, "model.layers", "`output` must be the last layer", ""});
    }
    if (is<spec::Softmax>(all[i]) && is<spec::Output>(all[i + 1])) {
      throw Error(
          ExitStatus::kUsage,
          Diagnostic{all[i].at, key, "softmax: must not be the last layer before the output",
                     "take it out: the loss works on what comes before the softmax"});
    }
  }
  if (input.vocabulary > 0 && !is<spec::TokenEmbedding>(all.front())) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{all.front().at, "model.layers.0",
                           all.front().type + ": texts are codes of tokens, not amounts",
                           "start with token_embedding"});
  }
}

std::vector<spec::LayerSpec> with_output(std::vector<spec::LayerSpec> layers) {
  if (layers.empty() || !is<spec::Output>(layers.back())) {
    layers.push_back({"output", layers.empty() ? Location{} : layers.back().at, spec::Output{}});
  }
  return layers;
}

std::vector<spec::LayerSpec> with_own_end(std::vector<spec::LayerSpec> layers) {
  if (layers.empty()) {
    throw Error(ExitStatus::kUsage, Diagnostic{{},
                                               "model.layers",
                                               "there are no layers",
                                               "name those that make what the task asks for"});
  }
  if (is<spec::Output>(layers.back())) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{layers.back().at, "model.layers",
                           "`output` has no size here: the task does not say how many numbers",
                           "end with a layer that has the size itself, such as linear"});
  }
  return layers;
}

}  // namespace

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

std::vector<PlannedLayer> plan_layers(const std::vector<spec::LayerSpec>& layers,
                                      const data::FeatureShape& input, std::int64_t outputs) {
  const auto all = outputs == kOwnEnd ? with_own_end(layers) : with_output(layers);
  check_order(all, input);
  auto plan = Planner{input, outputs}.plan(all, input.dims, "", "model.layers.");
  std::int64_t total = 0;
  for (const auto& layer : plan) {
    total += parameter_count(layer, input);  // each is far below 2^63: sides are bounded
    if (total > kMostParameters) misfit(layer, "the network has more parameters than it may have");
  }
  return plan;
}

}  // namespace dlwork::model
