#include "training/layer_values.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "dlwork/base/evenly.h"
#include "dlwork/base/stats.h"

namespace dlwork::training {
namespace {

constexpr std::int64_t kWatched = 64;        // samples
constexpr std::size_t kSpreadLayers = 12;    // more would not be looked at
constexpr std::int64_t kMostDrawn = 10'000;  // values; quantiles of more would differ by little

/// Finite values of one kind in a layer, which may stand in several tensors; of many some, by
/// multiples of the golden ratio, which fall into step with no dimension of a tensor.
class Drawn {
 public:
  void add(const float* values, std::int64_t count) {
    constexpr double kGolden = 0.6180339887498949;
    for (std::int64_t i = 0; i < std::min(count, kMostDrawn); ++i) {
      const double turns = static_cast<double>(i) * kGolden;
      const auto share = (turns - std::floor(turns)) * static_cast<double>(count);
      const float value = values[count <= kMostDrawn ? i : static_cast<std::int64_t>(share)];
      if (std::isfinite(value)) values_.push_back(value);
    }
  }

  void append_to(std::vector<LayerSpread>& spreads, LayerSpread spread) const {
    if (values_.empty()) return;
    spread.low = quantile(values_, 0.05);
    spread.median = quantile(values_, 0.5);
    spread.high = quantile(values_, 0.95);
    spreads.push_back(spread);
  }

 private:
  std::vector<double> values_;
};

/// Some of the layers from the first to the last, at even distances.
std::set<std::size_t> some_of(const std::set<std::size_t>& layers) {
  const std::vector<std::size_t> all(layers.begin(), layers.end());
  std::set<std::size_t> some;
  for (const std::size_t place : evenly_among(all.size(), kSpreadLayers)) some.insert(all[place]);
  return some;
}

using Plans = std::map<const model::Layer*, const model::PlannedLayer*>;

/// Of a layer and those inside it.
void add_plans(const model::PlannedLayer& plan, const model::Layer& module, Plans& plans) {
  plans[&module] = &plan;
  const auto inner = module.inner();
  for (std::size_t i = 0; i < inner.size(); ++i) add_plans(plan.inner[i], *inner[i], plans);
}

}  // namespace

torch::Tensor on_host(const torch::Tensor& values) {
  return values.to(torch::kCPU, torch::kFloat32).contiguous();
}

bool is_bias(const std::string& parameter) {
  return parameter.compare(parameter.rfind('.') + 1, 4, "bias") == 0;
}

LayerValues::LayerValues(const SupervisedLearner& learner, const FlatParameters& flat,
                         const std::vector<std::int64_t>& rows)
    : learner_(learner), flat_(flat) {
  const auto& network = learner.network();
  for (const auto& [name, tensor] : network.parameters()) {
    const auto& segment = flat.segments()[parameters_.size()];
    parameters_.push_back({name, 0, segment.begin, segment.length});
  }
  std::size_t at = 0;
  for (std::size_t layer = 0; layer < network.layers().size(); ++layer) {
    for (std::size_t n = network.parameters_of(layer).size(); n > 0; --n) {
      parameters_[at++].layer = layer;
    }
  }
  const auto& blueprint = learner.blueprint();
  Batches batches(learner.dataset().samples, blueprint.preprocessor, blueprint.coding,
                  learner.device());
  const auto count = std::min(kWatched, static_cast<std::int64_t>(rows.size()));
  watched_ = batches.inputs(rows.data(), count).mapped([](const auto& x) { return x.clone(); });
}

void LayerValues::parameters(const ShowParameter& show) const {
  const auto values = on_host(flat_.values.detach());
  const auto gradients = on_host(flat_.gradients);
  for (const auto& parameter : parameters_) {
    show(parameter, values.data_ptr<float>() + parameter.begin,
         gradients.data_ptr<float>() + parameter.begin);
  }
}

void LayerValues::activations(const ShowActivations& show) const {
  const torch::NoGradGuard no_grad;
  const auto& network = learner_.network();
  Plans plans;
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    add_plans(network.layers()[i], *network.module(i), plans);
  }
  network.set_mode(model::Network::Mode::kEvaluate);
  network.forward_watched(watched_, [&](const model::Layer& layer, const torch::Tensor& values) {
    show(*plans.at(&layer), values);
  });
}

std::vector<LayerSpread> LayerValues::spreads(std::int64_t epoch) const {
  using Of = LayerSpread::Of;
  std::set<std::size_t> learning;
  for (const auto& parameter : parameters_) learning.insert(parameter.layer);
  struct Layer {
    Drawn weights, biases, activations, gradients;
  };
  std::map<std::size_t, Layer> layers;
  for (const std::size_t layer : some_of(learning)) layers.emplace(layer, Layer{});
  parameters([&](const Parameter& parameter, const float* values, const float* gradients) {
    const auto found = layers.find(parameter.layer);
    if (found == layers.end()) return;
    Layer& layer = found->second;
    (is_bias(parameter.name) ? layer.biases : layer.weights).add(values, parameter.count);
    layer.gradients.add(gradients, parameter.count);
  });
  const auto& plan = learner_.network().layers();
  activations([&](const model::PlannedLayer& given, const torch::Tensor& values) {
    for (auto& [place, layer] : layers) {
      if (&given != &plan[place]) continue;
      const auto own = on_host(values);
      layer.activations.add(own.data_ptr<float>(), own.numel());
    }
  });
  std::vector<LayerSpread> spreads;
  for (const auto& [place, layer] : layers) {
    const auto number = static_cast<std::int64_t>(place);
    layer.weights.append_to(spreads, {epoch, number, Of::kWeights});
    layer.biases.append_to(spreads, {epoch, number, Of::kBiases});
    layer.activations.append_to(spreads, {epoch, number, Of::kActivations});
    layer.gradients.append_to(spreads, {epoch, number, Of::kGradients});
  }
  return spreads;
}

bool spreads_due(std::int64_t epoch, std::int64_t epochs, std::int64_t most) {
  const std::int64_t others = std::max<std::int64_t>(1, most - 1);  // beside the last
  const std::int64_t distance = std::max<std::int64_t>(1, (epochs + others - 1) / others);
  return (epoch - 1) % distance == 0;
}

}  // namespace dlwork::training
