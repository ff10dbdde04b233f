#include <torch/nn/modules/normalization.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "dlwork/base/text.h"
#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"
#include "training/saturation.h"

/// How weights, activations and gradients stand from layer to layer before anything is learned.
namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;
using model::Network;
using torch::Tensor;

/// Weights and biases of layer norms, which start at 1 and 0; over pictures they are [C, H, W].
std::set<const void*> norm_parameters(const Network& network) {
  std::set<const void*> found;
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    for (const auto& part : network.module(i)->modules()) {
      if (part->as<torch::nn::LayerNorm>() == nullptr) continue;
      for (const auto& parameter : part->parameters())
        found.insert(parameter.unsafeGetTensorImpl());
    }
  }
  return found;
}

/// Functions with bounds, near which their slope is gone.
struct Bounded {
  const char* type;
  double low, high;
};
constexpr Bounded kBounded[] = {{"tanh", -1, 1}, {"sigmoid", 0, 1}};

double saturated_share_of(const std::string& type, const Tensor& value) {
  for (const Bounded& row : kBounded) {
    if (type == row.type) return saturated_share(value, row.low, row.high);
  }
  return 0;
}

/// Share of units (channels of pictures and sequences) that say the same of every sample and place.
double never_active_share(const Tensor& value) {
  const auto units = value.dim() == 4   ? value.permute({1, 0, 2, 3}).flatten(1)
                     : value.dim() == 3 ? value.flatten(0, 1).t()
                                        : value.flatten(1).t();
  const auto spread = units.amax(1) - units.amin(1);
  return (spread == 0).to(torch::kFloat32).mean().item<double>();
}

using Activations = std::map<const model::Layer*, const model::PlannedLayer*>;

/// Adds the activations of a layer, itself or within it: they have no weights, keep the shape, and
/// do not look at the inputs themselves. Whether what it gives is behind weights.
bool add_activations(const model::PlannedLayer& plan, const model::Layer& module,
                     bool behind_weights, Activations& found) {
  const auto inner = module.inner();
  if (inner.empty()) {
    const bool has_weights = !module.parameters().empty();
    if (behind_weights && !has_weights && plan.input == plan.output) found[&module] = &plan;
    return behind_weights || has_weights;
  }
  const bool of_branches = std::holds_alternative<spec::Concat>(plan.spec.options);
  bool behind = behind_weights;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const bool before = of_branches ? behind_weights : behind;
    behind = add_activations(plan.inner[i], *inner[i], before, found) || behind;
  }
  return behind;
}

Activations activations_of(const Network& network) {
  Activations found;
  bool behind_weights = false;
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    behind_weights =
        add_activations(network.layers()[i], *network.module(i), behind_weights, found);
  }
  return found;
}

struct Range {
  double least = 0, most = 0;
  std::string least_at, most_at;
  double ratio() const { return least > 0 ? most / least : most > 0 ? 1e300 : 1; }
  std::string text() const {
    return "from " + pretty_number(least) + " (" + least_at + ") to " + pretty_number(most) + " (" +
           most_at + ")";
  }
};

/// A layer with weights that are trained, itself or within others, and what is seen of it.
struct LayerSignal {
  const model::PlannedLayer* layer = nullptr;
  const model::Layer* module = nullptr;
  double activation = 0;  ///< deviation of what it gives
  double gradient = 0;    ///< root mean square, of its weights and biases
};

void add_signals(const model::PlannedLayer& plan, const model::Layer& module,
                 std::vector<LayerSignal>& found) {
  const auto inner = module.inner();
  for (std::size_t i = 0; i < inner.size(); ++i) add_signals(plan.inner[i], *inner[i], found);
  if (!inner.empty()) return;
  for (const auto& parameter : module.parameters()) {
    if (parameter.requires_grad()) return found.push_back({&plan, &module});
  }
}

/// Of all but the last layer, which gives the outputs.
std::vector<LayerSignal> signals_of(const Network& network) {
  std::vector<LayerSignal> found;
  for (std::size_t i = 0; i + 1 < network.layers().size(); ++i) {
    add_signals(network.layers()[i], *network.module(i), found);
  }
  return found;
}

Range range_of(const std::vector<LayerSignal>& signals, double LayerSignal::*value) {
  Range range;
  for (const LayerSignal& signal : signals) {
    const double seen = signal.*value;
    if (range.least_at.empty() || seen < range.least) {
      range.least = seen, range.least_at = signal.layer->name;
    }
    if (range.most_at.empty() || seen > range.most) {
      range.most = seen, range.most_at = signal.layer->name;
    }
  }
  return range;
}

double gradient_size(const model::Layer& module) {
  double squares = 0;
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) {
    const auto& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    squares += gradient.to(torch::kFloat64).square().sum().item<double>();
    count += gradient.numel();
  }
  return count > 0 ? std::sqrt(squares / static_cast<double>(count)) : 0;
}

Finding initial_weights(Probe& probe) {
  return test_initial_weights(probe.fresh()->network(), probe.fresh(probe.seed() + 1)->network());
}

Finding activations(Probe& probe) {
  const auto subject = probe.fresh();
  return test_activations(subject->network(), subject->inputs(probe.many()), probe.options().seed,
                          probe.thresholds());
}

Finding signal_depth(Probe& probe) {
  const auto subject = probe.fresh();
  const auto loss = [&](const model::Inputs& outputs) {
    return subject->loss(outputs.values, subject->targets(probe.batch()));
  };
  return test_signal_depth(
      {subject->network(), subject->inputs(probe.batch()), loss, probe.options().seed},
      probe.thresholds());
}

}  // namespace

/// Two units of one layer with the same weights get the same gradients and stay the same: a layer
/// of such units is one unit wide.
Finding test_initial_weights(const Network& network, const Network& other) {
  std::vector<std::string> alike, seedless;
  std::int64_t matrices = 0;
  const auto of_norms = norm_parameters(network);
  const auto parameters = network.parameters(), others = other.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, weights] = parameters[i];
    if (weights.dim() < 2 || of_norms.count(weights.unsafeGetTensorImpl()) > 0) continue;
    ++matrices;
    const auto units = weights.detach().flatten(1);
    const bool one_number = largest(units - units[0][0]) == 0;
    if (one_number || (units.size(0) > 1 && largest(units - units[0]) == 0)) alike.push_back(name);
    if (torch::equal(weights, others[i].second)) seedless.push_back(name);
  }
  std::string message =
      "all " + std::to_string(matrices) + " weight matrices start with units that differ, by seed";
  if (!seedless.empty()) message = join_words(seedless) + " starts alike from another seed";
  if (!alike.empty()) message = "all units of " + join_words(alike) + " start alike";
  return judge("net-initial-weights", alike.empty() && seedless.empty(), message,
               {{"matrices", matrices}, {"alike", alike}, {"seedless", seedless}});
}

/// A unit that says the same of many samples gets no gradient to change that; nor does one whose
/// function is at its bounds.
Finding test_activations(const Network& network, const model::Inputs& inputs, std::uint64_t seed,
                         const spec::NetworkTest& thresholds) {
  torch::NoGradGuard no_grad;
  network.set_mode(Network::Mode::kTrain);
  torch::manual_seed(seed);
  Json layers = Json::array();
  double most_dead = 0, most_saturated = 0;
  std::string dead_layer, saturated_layer;
  const auto of = activations_of(network);
  network.forward_watched(inputs, [&](const model::Layer& module, const Tensor& value) {
    const auto activation = of.find(&module);
    if (activation == of.end() || value.size(0) < 2) return;
    const model::PlannedLayer& layer = *activation->second;
    const double dead = never_active_share(value),
                 saturated = saturated_share_of(layer.spec.type, value);
    layers.push_back({{"layer", layer.name}, {"dead", dead}, {"saturated", saturated}});
    if (dead > most_dead) most_dead = dead, dead_layer = layer.name;
    if (saturated > most_saturated) most_saturated = saturated, saturated_layer = layer.name;
  });
  const bool passed = most_dead <= thresholds.dead_units && most_saturated <= thresholds.saturated;
  std::string message = "at most " + percent(most_dead) + " of a layer's units are dead, " +
                        percent(most_saturated) + " of its activations saturated";
  if (most_saturated > thresholds.saturated) {
    message = percent(most_saturated) + " of the activations of " + saturated_layer +
              " are saturated, at most " + percent(thresholds.saturated);
  }
  if (most_dead > thresholds.dead_units) {
    message = percent(most_dead) + " of the units of " + dead_layer + " say the same of all " +
              std::to_string(inputs.values.size(0)) + " samples, at most " +
              percent(thresholds.dead_units);
  }
  // A layer without any live unit lets nothing pass.
  return judge("net-activations", passed, message, {{"layers", layers}},
               most_dead == 1 ? Severity::kError : Severity::kWarn);
}

/// Signals that grow or fade by the same factor in each layer explode or vanish with depth (He et
/// al. 2015, section 2.2): deviations of activations on the way up and the loss's gradients with
/// respect to the weights on the way down, over the layers with weights but the last.
Finding test_signal_depth(const NetworkAndLoss& of, const spec::NetworkTest& thresholds) {
  const Network& network = of.network;
  network.set_mode(Network::Mode::kTrain);
  torch::manual_seed(of.seed);
  auto signals = signals_of(network);
  const auto outputs =
      network.pass(of.inputs, [&](const model::Layer& module, const Tensor& value) {
        const auto signal =
            std::find_if(signals.begin(), signals.end(),
                         [&](const LayerSignal& other) { return other.module == &module; });
        if (signal == signals.end()) return;
        signal->activation = value.detach().std(/*unbiased=*/false).item<double>();
      });
  of.loss(outputs).backward();
  for (LayerSignal& signal : signals) signal.gradient = gradient_size(*signal.module);
  if (signals.size() < 2) {
    return judge("net-signal-depth", true,
                 "there is one hidden layer at most: no depth to lose a signal in",
                 {{"layers", signals.size()}});
  }
  const Range up = range_of(signals, &LayerSignal::activation),
              down = range_of(signals, &LayerSignal::gradient);
  const double most = thresholds.signal_ratio;
  const bool passed = up.ratio() <= most && down.ratio() <= most;
  Json layers = Json::array();
  for (const LayerSignal& signal : signals) {
    layers.push_back({{"layer", signal.layer->name},
                      {"activation", signal.activation},
                      {"gradient", signal.gradient}});
  }
  return judge(
      "net-signal-depth", passed,
      "over " + std::to_string(signals.size()) + " layers activations deviate " + up.text() +
          ", gradients " + down.text() +
          (passed ? "" : "; more than a factor of " + pretty_number(most)),
      {{"layers", layers}, {"activation_ratio", up.ratio()}, {"gradient_ratio", down.ratio()}},
      Severity::kWarn);
}

std::vector<TestRow> signal_tests() {
  return {{"net-initial-weights", initial_weights},
          {"net-activations", activations},
          {"net-signal-depth", signal_depth}};
}

}  // namespace dlwork::training
