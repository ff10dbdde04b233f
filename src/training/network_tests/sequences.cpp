#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dlwork/base/text.h"
#include "model/layers.h"
#include "model/shape_rules.h"
#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"

/// That sequences end where they end, and that what is declared causal does not look ahead.
namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;
using model::Inputs;
using model::Network;
using model::PlannedLayer;
using torch::Tensor;

bool has_sequences(const Subject& subject) {
  return model::is_sequence(subject.learner().blueprint().preprocessor.shape().dims);
}

/// The values with others where `changed` is true: wide noise, as no standardised sample has it.
Inputs with_noise(const Inputs& x, const Tensor& changed) {
  auto generator = at::detail::createCPUGenerator(3);
  const auto noise = 3 * torch::randn(x.values.sizes(), generator, torch::kFloat32);
  return x.with(torch::where(changed, noise.to(x.values.device()), x.values));
}

/// Layers that count every step of a sequence, those past its end too.
struct CountsAllSteps {
  bool operator()(const spec::GroupNorm&) const { return true; }
  bool operator()(const spec::InstanceNorm&) const { return true; }
  bool operator()(const spec::AdaptiveAvgPool&) const { return true; }
  bool operator()(const spec::AdaptiveMaxPool&) const { return true; }
  bool operator()(const spec::Flatten&) const { return true; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

void add_counting(const std::vector<PlannedLayer>& layers, std::vector<std::string>& names) {
  for (const auto& layer : layers) {
    if (model::is_sequence(layer.input) && std::visit(CountsAllSteps{}, layer.spec.options)) {
      names.push_back(layer.name);
    }
    add_counting(layer.inner, names);
  }
}

/// Of the samples those that end early, at most as many as a batch has.
Rows ending_early(Subject& subject, const Probe& probe) {
  Rows rows;
  const auto x = subject.inputs(probe.many());
  if (!x.lengths.defined()) return rows;
  const auto lengths = x.lengths.to(torch::kCPU);
  for (std::size_t i = 0; i < probe.many().size() && rows.size() < probe.batch().size(); ++i) {
    if (lengths[static_cast<std::int64_t>(i)].item<std::int64_t>() < x.values.size(1)) {
      rows.push_back(probe.many()[i]);
    }
  }
  return rows;
}

/// Whether layers were made for as many steps as the longest sequence of all has.
bool needs_all_steps(const std::vector<PlannedLayer>& layers) {
  return std::any_of(layers.begin(), layers.end(), [](const PlannedLayer& layer) {
    const auto& options = layer.spec.options;
    return std::holds_alternative<spec::Flatten>(options) ||
           std::holds_alternative<spec::Positions>(options) || needs_all_steps(layer.inner);
  });
}

/// The same sequences with no more steps than the longest has.
Inputs cut_short(const Inputs& x) {
  const auto longest = x.lengths.max().item<std::int64_t>();
  return {x.values.narrow(1, 0, longest).contiguous(), x.lengths};
}

double apart(const Tensor& a, const Tensor& b) {
  return largest(a - b) / std::max(1e-12, largest(a));
}

/// The larger one, or what is no number: std::max would drop that.
double worse_of(double a, double b) { return std::isnan(b) || b > a ? b : a; }

/// What fills up a short sequence is no part of it: with anything else in its place, or with less
/// of it, outputs are the same, and with anything else the gradients of training too.
Finding padding(Probe& probe) {
  const auto subject = probe.fresh();
  if (!has_sequences(*subject)) return skip("net-padding", "samples are no sequences");
  const Rows rows = ending_early(*subject, probe);
  if (rows.empty()) {
    return skip("net-padding", "of " + std::to_string(probe.many().size()) +
                                   " training samples none ends before the longest does");
  }
  const auto x = subject->inputs(rows);
  const auto other = noise_past_ends(x);
  subject->set_mode(Network::Mode::kEvaluate);
  const auto given = subject->outputs(x);
  double outputs = apart(given, subject->outputs(other));
  if (!needs_all_steps(subject->network().layers())) {
    outputs = worse_of(outputs, apart(given, subject->outputs(cut_short(x))));
  }
  subject->set_mode(Network::Mode::kTrain);
  const auto targets = subject->targets(rows);
  const auto seed = probe.options().seed;
  const auto gradient = gradients_of(*subject, x, targets, seed);
  const double gradients = difference(gradients_of(*subject, other, targets, seed), gradient);
  return judge_padding(subject->network(), {rows.size(), outputs, gradients},
                       probe.thresholds().padding_tolerance);
}

/// How a layer whose output is a sequence looks at steps.
struct Sight {
  bool ahead = false;       ///< at later ones too
  bool declared = false;    ///< at earlier ones, and at no later one
  std::int64_t stride = 1;  ///< steps of the input from one of the output to the next
};

Sight sight_of(const PlannedLayer& layer);

Sight sight_of(const std::vector<PlannedLayer>& layers) {
  Sight all;
  for (const auto& layer : layers) {
    const Sight one = sight_of(layer);
    all.ahead = all.ahead || one.ahead;
    all.declared = all.declared || one.declared;
    all.stride *= one.stride;
  }
  return all;
}

struct SightOf {
  const PlannedLayer& layer;

  Sight operator()(const spec::Conv1d& o) const {
    const bool causal = o.padding == "causal", one_step = o.kernel == 1;
    return {!causal && !one_step, causal && !one_step, o.stride};
  }
  Sight operator()(const spec::Gru& o) const { return {o.bidirectional, !o.bidirectional, 1}; }
  Sight operator()(const spec::Lstm& o) const { return {o.bidirectional, !o.bidirectional, 1}; }
  Sight operator()(const spec::Residual&) const { return sight_of(layer.inner); }
  Sight operator()(const spec::Sequential&) const { return sight_of(layer.inner); }
  Sight operator()(const spec::Concat&) const {
    Sight all = sight_of(layer.inner);
    all.stride = sight_of(layer.inner.front()).stride;
    return all;
  }
  Sight operator()(const spec::Attention&) const { return {true, false, 1}; }
  Sight operator()(const spec::TransformerEncoder&) const { return {true, false, 1}; }
  Sight operator()(const spec::MaxPool1d&) const { return {true, false, 1}; }
  Sight operator()(const spec::AvgPool1d&) const { return {true, false, 1}; }
  Sight operator()(const spec::ConvTranspose1d&) const { return {true, false, 1}; }
  Sight operator()(const spec::Upsample&) const { return {true, false, 1}; }
  template <class Other>
  Sight operator()(const Other& o) const {
    return {CountsAllSteps{}(o), false, 1};
  }
};

Sight sight_of(const PlannedLayer& layer) { return std::visit(SightOf{layer}, layer.spec.options); }

/// The first layers, as far as each gives a sequence and none looks ahead, with the stride of each.
struct CausalLayers {
  std::vector<std::int64_t> strides;
  bool declared = false;
};

CausalLayers causal_layers(const Network& network) {
  CausalLayers found;
  std::int64_t stride = 1;
  for (const auto& layer : network.layers()) {
    const Sight sight = sight_of(layer);
    if (sight.ahead || !model::is_sequence(layer.output)) break;
    found.declared = found.declared || sight.declared;
    stride *= sight.stride;
    found.strides.push_back(stride);
  }
  return found;
}

std::vector<Tensor> first_outputs(const Network& network, const Inputs& x, std::size_t layers) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> outputs;
  network.forward(x, [&](std::size_t i, const Tensor& value) {
    if (i < layers) outputs.push_back(value.clone());  // the next layer may write over it
  });
  return outputs;
}

/// Steps may look back but not ahead: what comes later changes nothing of what was given before.
Finding causality(Probe& probe) {
  const auto subject = probe.fresh();
  if (!has_sequences(*subject)) return skip("net-causality", "samples are no sequences");
  const Network& network = subject->network();
  const CausalLayers causal = causal_layers(network);
  if (!causal.declared) {
    return skip("net-causality", "no layer that gives a sequence is declared causal");
  }
  const auto x = subject->inputs(probe.few());
  const std::int64_t steps = x.values.size(1);
  if (steps < 2) return skip("net-causality", "sequences have one step");
  subject->set_mode(Network::Mode::kEvaluate);
  const std::size_t layers = causal.strides.size();
  const auto given = first_outputs(network, x, layers);
  std::vector<double> off(layers, 0);
  for (const std::int64_t from : std::set<std::int64_t>{1, steps / 2, steps - 1}) {
    const auto later =
        torch::arange(steps, torch::TensorOptions().device(x.values.device())) >= from;
    const auto again = first_outputs(network, with_noise(x, later.view({1, -1, 1})), layers);
    for (std::size_t i = 0; i < layers; ++i) {
      const std::int64_t before = (from + causal.strides[i] - 1) / causal.strides[i];
      off[i] =
          worse_of(off[i], apart(given[i].narrow(1, 0, before), again[i].narrow(1, 0, before)));
    }
  }
  const double most = probe.thresholds().causality_tolerance;
  const auto bad =
      std::find_if(off.begin(), off.end(), [&](double share) { return !(share <= most); });
  const std::string last = network.layers()[layers - 1].name;
  if (bad != off.end()) {
    const std::string& name = network.layers()[static_cast<std::size_t>(bad - off.begin())].name;
    return judge("net-causality", false,
                 "a later step changes earlier ones by " + percent(*bad) + " from " + name +
                     " on, at most " + percent(most),
                 {{"off", *bad}, {"layer", name}, {"layers", layers}});
  }
  return judge("net-causality", true, "up to " + last + " no later step changes an earlier one",
               {{"off", *std::max_element(off.begin(), off.end())}, {"layers", layers}});
}

}  // namespace

Inputs noise_past_ends(const Inputs& x) {
  return with_noise(x, model::past_end(x.lengths, x.values.size(1)).unsqueeze(2));
}

Finding judge_padding(const Network& network, const PaddingSeen& seen, double tolerance) {
  const bool passed = seen.outputs <= tolerance && seen.gradients <= tolerance;
  std::vector<std::string> counting;
  add_counting(network.layers(), counting);
  const std::string of =
      "what stands past the end of " + std::to_string(seen.sequences) + " sequences";
  std::string message = of + " changes no output and no gradient";
  if (!passed) {
    message = of + " changes outputs by " + percent(seen.outputs) + " and gradients by " +
              percent(seen.gradients) + ", at most " + percent(tolerance);
    if (!counting.empty()) message += ": steps past the end count in " + join_words(counting);
  }
  // Those layers do as they are made to; anything else that counts them is broken.
  return judge("net-padding", passed, message,
               {{"sequences", seen.sequences},
                {"outputs", seen.outputs},
                {"gradients", seen.gradients},
                {"counting", counting}},
               counting.empty() ? Severity::kError : Severity::kWarn);
}

std::vector<TestRow> sequence_tests() {
  return {{"net-padding", padding}, {"net-causality", causality}};
}

}  // namespace dlwork::training
