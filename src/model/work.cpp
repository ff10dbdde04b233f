#include "model/work.h"

#include "model/shape_rules.h"

namespace dlwork::model {
namespace {

struct Work {
  const PlannedLayer& layer;
  const data::FeatureShape& features;

  std::int64_t operator()(const spec::Conv2d& o) const {
    return elements(layer.output) * (layer.input[0] / o.groups) * o.kernel * o.kernel;
  }
  std::int64_t operator()(const spec::DepthwiseConv2d& o) const {
    return elements(layer.output) * o.kernel * o.kernel;
  }
  std::int64_t operator()(const spec::Conv1d& o) const {
    return elements(layer.output) * (layer.input[1] / o.groups) * o.kernel;
  }
  /// Every number that comes in is spread over a window of every channel that goes out.
  std::int64_t operator()(const spec::ConvTranspose2d& o) const {
    return elements(layer.input) * o.channels * o.kernel * o.kernel;
  }
  std::int64_t operator()(const spec::ConvTranspose1d& o) const {
    return elements(layer.input) * o.channels * o.kernel;
  }
  /// At each step, or once.
  std::int64_t operator()(const spec::Linear&) const { return at_each_step(); }
  std::int64_t operator()(const spec::Output&) const { return at_each_step(); }
  std::int64_t operator()(const spec::Gru&) const { return at_each_step(); }
  std::int64_t operator()(const spec::Lstm&) const { return at_each_step(); }
  std::int64_t at_each_step() const {
    const std::int64_t steps = is_sequence(layer.input) ? layer.input[0] : 1;
    return steps * parameter_count(layer, features);
  }
  /// Beside the weights, products of all steps with all steps, twice.
  std::int64_t operator()(const spec::Attention&) const { return at_each_step() + all_pairs(); }
  std::int64_t operator()(const spec::TransformerEncoder& o) const {
    return at_each_step() + o.layers * all_pairs();
  }
  std::int64_t all_pairs() const { return 2 * layer.input[0] * layer.input[0] * layer.input[1]; }
  std::int64_t operator()(const spec::BatchNorm&) const { return elements(layer.output); }
  std::int64_t operator()(const spec::LayerNorm&) const { return elements(layer.output); }
  std::int64_t operator()(const spec::GroupNorm&) const { return elements(layer.output); }
  std::int64_t operator()(const spec::InstanceNorm&) const { return elements(layer.output); }
  /// A row of a table is looked up, not multiplied.
  std::int64_t operator()(const spec::Embedding&) const { return 0; }
  std::int64_t operator()(const spec::TokenEmbedding&) const { return 0; }
  std::int64_t operator()(const spec::Residual&) const {
    if (layer.input == layer.output) return inside();
    return inside() + channels_of(layer.input) * elements(layer.output);  // the 1x1 projection
  }
  std::int64_t operator()(const spec::Sequential&) const { return inside(); }
  std::int64_t operator()(const spec::Concat&) const { return inside(); }
  std::int64_t inside() const {
    std::int64_t sum = 0;
    for (const auto& inner : layer.inner) sum += multiply_adds(inner, features);
    return sum;
  }
  /// A weight is used once for a sample, unless said otherwise above.
  template <class Options>
  std::int64_t operator()(const Options&) const {
    return parameter_count(layer, features);
  }
};

}  // namespace

std::int64_t multiply_adds(const PlannedLayer& layer, const data::FeatureShape& features) {
  return std::visit(Work{layer, features}, layer.spec.options);
}

}  // namespace dlwork::model
