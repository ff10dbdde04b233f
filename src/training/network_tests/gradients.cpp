#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "training/network_tests/idle_bias.h"
#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"

/// That gradients reach every parameter, are those of the batch at hand, and are right.
namespace dlwork::training {
namespace {

using artefact::Finding;
using model::Inputs;
using model::Network;
using torch::Tensor;

Finding gradient_flow(Probe& probe) {
  const auto subject = probe.fresh();
  subject->set_mode(Network::Mode::kTrain);
  torch::manual_seed(probe.options().seed);
  subject->step().gradients(subject->inputs(probe.batch()), subject->targets(probe.batch()));
  const auto idle = idle_biases(subject->network());
  std::vector<std::string> missing, not_finite;
  std::int64_t all = 0, frozen = 0;
  for (const auto& [name, parameter] : subject->network().parameters()) {
    if (!parameter.requires_grad()) {
      ++frozen;
      continue;
    }
    ++all;
    const auto& gradient = parameter.grad();
    if (!gradient.defined() || largest(gradient) == 0) {
      if (std::count(idle.begin(), idle.end(), name) == 0) missing.push_back(name);
    } else if (!gradient.isfinite().all().item<bool>()) {
      not_finite.push_back(name);
    }
  }
  std::string message = "all " + std::to_string(all) + " parameters get a gradient";
  if (frozen > 0) message += ", " + std::to_string(frozen) + " are frozen";
  if (!missing.empty()) message = "no gradient reaches " + join_words(missing);
  if (!not_finite.empty()) message = "the gradient of " + join_words(not_finite) + " is not finite";
  return judge(
      "net-gradient-flow", missing.empty() && not_finite.empty(), message,
      {{"parameters", all}, {"frozen", frozen}, {"without", missing}, {"not_finite", not_finite}});
}

/// The gradients of a batch are the same whatever batch came before: nothing is left over.
Finding gradient_fresh(Probe& probe) {
  const auto subject = probe.fresh();
  subject->set_mode(Network::Mode::kTrain);
  const auto x = subject->inputs(probe.batch());
  const auto t = subject->targets(probe.batch());
  const auto seed = probe.options().seed;
  const auto first = gradients_of(*subject, x, t, seed);
  gradients_of(*subject, x.mapped([](const Tensor& part) { return part.flip(0); }), t, seed);
  const double off = difference(gradients_of(*subject, x, t, seed), first);
  const bool passed = off <= probe.thresholds().gradient_tolerance;
  return judge("net-gradient-fresh", passed,
               passed ? "a batch's gradients do not depend on the batch before"
                      : "a batch's gradients differ by " + percent(off) +
                            " after another batch: they add up",
               {{"off", off}});
}

/// Deviation of what is added to every weight before gradients are checked.
constexpr double kJitter = 0.01;

/// Half the step of a central difference: its error is of the order of the square, float64's
/// rounding of 1e-16 divided by it.
constexpr double kHalfStep = 1e-6;
/// Parameters tried, at most, spread over the network: each takes two forward passes.
constexpr std::size_t kMostTried = 24;

/// Slope of the loss along `direction`, by its values alone.
double slope(const ExactLoss& exact, std::size_t which, const Tensor& direction) {
  torch::NoGradGuard no_grad;
  Tensor weights = exact.weights[which].second;
  const auto before = weights.clone();
  weights.copy_(before + kHalfStep * direction);
  const double above = exact.value().item<double>();
  weights.copy_(before - kHalfStep * direction);
  const double below = exact.value().item<double>();
  weights.copy_(before);
  return (above - below) / (2 * kHalfStep);
}

/// The parameter whose gradient is the most off, as a share of its size. One far smaller than all
/// gradients together (a bias before a batch norm) is measured against a hundredth of those.
struct Worst {
  double size = 0;  ///< of all gradients
  double off = 0;
  std::string name;
  void see(double error, const Tensor& gradient, const std::string& of) {
    const double share = error / std::max(gradient.norm().item<double>(), 0.01 * size);
    if (share > off || !std::isfinite(share)) off = std::isfinite(share) ? share : 1e9, name = of;
  }
};

/// The backward pass against differences of the loss, in float64: along the gradient, where the
/// loss is steepest, bent a little to the side, where a gradient too short in places would show.
Worst against_differences(const ExactLoss& exact, const std::vector<Tensor>& gradients,
                          double size) {
  Worst worst{size, 0, ""};
  auto generator = at::detail::createCPUGenerator(2);
  const std::size_t stride = (gradients.size() + kMostTried - 1) / kMostTried;
  for (std::size_t i = 0; i < gradients.size(); i += std::max<std::size_t>(1, stride)) {
    const auto& gradient = gradients[i];
    const auto aside =
        torch::randn(gradient.sizes(), generator, torch::kFloat64).to(gradient.device());
    const double norm = gradient.norm().item<double>();
    auto direction = 0.5 * aside / aside.norm();
    if (norm > 0) direction = direction + gradient / norm;
    const double by_pass = (gradient * direction).sum().item<double>();
    worst.see(std::abs(slope(exact, i, direction) - by_pass), gradient, exact.weights[i].first);
  }
  return worst;
}

/// Training's own float32 gradients against float64's.
Worst against_float(const ExactLoss& exact, const std::vector<Tensor>& single,
                    const std::vector<Tensor>& gradients, double size) {
  Worst worst{size, 0, ""};
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto here = single[i].to(torch::kFloat64);
    worst.see((here - gradients[i]).norm().item<double>(), gradients[i], exact.weights[i].first);
  }
  return worst;
}

Finding gradient_check(Probe& probe) {
  const auto seed = probe.options().seed;
  const auto wide = probe.fresh(), subject = probe.fresh();
  jitter(wide->network().parameters());
  widen(wide->learner().named_tensors());  // without the optimizer's buffer
  wide->set_mode(Network::Mode::kTrain);
  auto inputs = wide->inputs(probe.few());
  inputs.values = widened(inputs.values);
  const auto targets = widened(wide->targets(probe.few()));
  const ExactLoss exact{trained_parameters(wide->network()), [&] {
                          torch::manual_seed(seed);  // the same dropout each time
                          return wide->loss(wide->network().forward(inputs), targets);
                        }};
  const auto x = subject->inputs(probe.few());
  std::function<std::vector<Tensor>()> single = [&] {
    jitter(subject->network().parameters());
    subject->set_mode(Network::Mode::kTrain);
    subject->step().gradients(x, subject->targets(probe.few()));
    return trained_gradients(subject->network());
  };
  if (draws_numbers(subject->network(), x)) single = nullptr;
  return test_gradients(exact, single, probe.thresholds().gradient_tolerance);
}

Finding idle_bias(Probe& probe) { return test_idle_biases(probe.fresh()->network()); }

}  // namespace

void jitter(const NamedTensors& weights) {
  torch::NoGradGuard no_grad;
  auto generator = at::detail::createCPUGenerator(1);
  for (const auto& [name, w] : weights) {
    w.add_(torch::randn(w.sizes(), generator, torch::kFloat32).to(w.device()), kJitter);
  }
}

Tensor widened(const Tensor& tensor) {
  return tensor.defined() && tensor.is_floating_point() ? tensor.to(torch::kFloat64) : tensor;
}

void widen(const NamedTensors& tensors) {
  for (auto [name, tensor] : tensors) tensor.set_data(widened(tensor.data()));
}

bool draws_numbers(const Network& network, const Inputs& inputs) {
  torch::NoGradGuard no_grad;
  network.set_mode(Network::Mode::kTrain);
  torch::manual_seed(1);
  const auto first = network.forward(inputs);
  torch::manual_seed(2);
  return !torch::equal(first, network.forward(inputs));
}

std::vector<Tensor> gradients_of(const NamedTensors& weights) {
  std::vector<Tensor> all;
  for (const auto& [name, w] : weights) {
    all.push_back(w.grad().defined() ? w.grad().clone() : torch::zeros_like(w));
  }
  return all;
}

NamedTensors trained_parameters(const Network& network) {
  auto weights = network.parameters();
  std::erase_if(weights, [](const auto& item) { return !item.second.requires_grad(); });
  return weights;
}

std::vector<Tensor> trained_gradients(const Network& network) {
  return gradients_of(trained_parameters(network));
}

Finding test_gradients(const ExactLoss& exact, const std::function<std::vector<Tensor>()>& single,
                       double tolerance) {
  exact.value().backward();
  const auto gradients = gradients_of(exact.weights);
  double squares = 0;
  for (const auto& g : gradients) squares += g.square().sum().item<double>();
  const double size = std::sqrt(squares);
  if (!std::isfinite(size) || size == 0) {
    return judge("net-gradient-check", false, "all gradients are zero, or one is not finite",
                 {{"size", size}});
  }
  Worst worst = against_differences(exact, gradients, size);
  Json evidence = {{"size", size}, {"differences", worst.off}};
  std::string against = "differences of the loss";
  std::string passed = "gradients agree with differences of the loss to " + percent(worst.off);
  if (worst.off <= tolerance && single) {
    worst = against_float(exact, single(), gradients, size);
    evidence["float"] = worst.off;
    against = "float64";
    passed += ", in float32 with float64's to " + percent(worst.off);
  }
  const bool right = worst.off <= tolerance;
  return judge("net-gradient-check", right,
               (right ? passed
                      : "the gradient of " + worst.name + " is off by " + percent(worst.off) +
                            " against " + against) +
                   "; at most " + percent(tolerance),
               evidence);
}

std::vector<TestRow> gradient_tests() {
  return {{"net-gradient-flow", gradient_flow},
          {"net-gradient-fresh", gradient_fresh},
          {"net-gradient-check", gradient_check},
          {"net-idle-bias", idle_bias}};
}

}  // namespace dlwork::training
