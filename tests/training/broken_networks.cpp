#include "training/broken_networks.h"

#include "training/broken_parts.h"

namespace dlwork::training {
namespace {

using namespace broken;
using artefact::Severity;

const data::Dataset& dataset(const std::string& name) {
  static const data::Dataset moons = testing::two_moons(), bars = testing::bars(),
                             plane = testing::plane(), ragged = testing::waves(5, 400);
  return name == "moons" ? moons : name == "bars" ? bars : name == "ragged" ? ragged : plane;
}

std::vector<BrokenNetwork> broken_outputs() {
  return {
      {"one output too few",
       "net-output-shape",
       Severity::kError,
       "moons",
       kMlp,
       alter(4, [](Layer& inner, const Tensor& x) { return inner.forward(x).narrow(1, 0, 1); }),
       {},
       {}},
      {"samples and outputs the wrong way round",
       "net-output-shape",
       Severity::kError,
       "moons",
       kMlp,
       alter(4, [](Layer& inner, const Tensor& x) { return inner.forward(x).t(); }),
       {},
       {}},
      {"values far from the target's",
       "net-output-shape",
       Severity::kError,
       "plane",
       kMlp,
       alter(4, [](Layer& inner, const Tensor& x) { return inner.forward(x) * 1000 + 500; }),
       {},
       {}},
      {"the logarithm of what may be negative",
       "net-finite",
       Severity::kError,
       "moons",
       kMlp,
       alter(2, [](Layer& inner, const Tensor& x) { return inner.forward(x).log(); }),
       {},
       {}},
      {"output weights a hundred times too large",
       "net-initial-loss",
       Severity::kError,
       "moons",
       kMlp,
       start("4.weight", [](Tensor w) { w.mul_(1000); }),
       {},
       {}},
      {"the sum of losses in place of their mean",
       "net-initial-loss",
       Severity::kError,
       "moons",
       kMlp,
       {},
       {},
       made<SteppingSubject<SummingStep>>},
      {"a reshape over the batch",
       "net-sample-independence",
       Severity::kError,
       "bars",
       kCnn,
       alter(3,
             [](Layer&, const Tensor& x) {
               return x.contiguous().view({-1, x.size(0)}).t();
             }),
       {},
       {}},
      {"a sum along the batch",
       "net-sample-independence",
       Severity::kError,
       "moons",
       kMlp,
       alter(1, [](Layer& inner, const Tensor& x) { return inner.forward(x).cumsum(0); }),
       {},
       {}},
      {"statistics of the batch in evaluation",
       "net-sample-independence",
       Severity::kError,
       "moons",
       kMlp,
       [](SupervisedLearner& learner) {
         learner.network().replace(1, std::make_shared<BatchStatistics>());
       },
       {},
       {}},
      {"the batch's mean taken away in training alone",
       "net-sample-independence",
       Severity::kError,
       "moons",
       kMlp,
       alter(1,
             [](Layer& inner, const Tensor& x) {
               const auto y = inner.forward(x);
               return inner.is_training() ? y - y.mean(0) : y;
             }),
       {},
       {}},
      {"dropout in evaluation",
       "net-evaluation",
       Severity::kError,
       "moons",
       kMlp,
       alter(1, [](Layer& inner,
                   const Tensor& x) { return torch::dropout(inner.forward(x), 0.3, true); }),
       {},
       {}},
      {"a running figure that evaluation changes",
       "net-evaluation",
       Severity::kError,
       "moons",
       "[{linear: 32}, relu, {dropout: 0.1}, {linear: 32}, relu]",
       [](SupervisedLearner& learner) {
         learner.network().replace(2, std::make_shared<Counting>());
       },
       {},
       {}},
  };
}

std::vector<BrokenNetwork> broken_signals() {
  return {
      {"weights of zero",
       "net-initial-weights",
       Severity::kError,
       "moons",
       kMlp,
       start("0.weight", [](Tensor w) { w.zero_(); }),
       {},
       {}},
      {"weights of one number",
       "net-initial-weights",
       Severity::kError,
       "bars",
       kCnn,
       start("0.weight", [](Tensor w) { w.fill_(0.1); }),
       {},
       {}},
      {"units that start alike",
       "net-initial-weights",
       Severity::kError,
       "moons",
       kMlp,
       start("2.weight", [](Tensor w) { w.copy_(w[0].clone().expand_as(w)); }),
       {},
       {}},
      {"weights that no seed reaches",
       "net-initial-weights",
       Severity::kError,
       "moons",
       kMlp,
       start("2.weight", [](Tensor w) { w.copy_(torch::arange(w.numel()).sin().view(w.sizes())); }),
       {},
       {}},
      {"every unit dead",
       "net-activations",
       Severity::kError,
       "moons",
       kMlp,
       start("2.bias", [](Tensor b) { b.fill_(-100); }),
       {},
       {}},
      {"three of four units dead",
       "net-activations",
       Severity::kWarn,
       "moons",
       kMlp,
       start("2.bias", [](Tensor b) { b.narrow(0, 0, 24).fill_(-100); }),
       {},
       {}},
      {"units dead within a residual",
       "net-activations",
       Severity::kWarn,
       "moons",
       "[{linear: 32}, relu, {residual: {layers: [{linear: 32}, relu, {linear: 32}]}}]",
       start("2.0.bias", [](Tensor b) { b.narrow(0, 0, 24).fill_(-100); }),
       {},
       {}},
      {"channels dead",
       "net-activations",
       Severity::kWarn,
       "bars",
       kCnn,
       start("0.bias", [](Tensor b) { b.narrow(0, 0, 6).fill_(-100); }),
       {},
       {}},
      {"tanh at its bounds",
       "net-activations",
       Severity::kWarn,
       "moons",
       "[{linear: 32}, tanh, {linear: 32}, tanh]",
       start("0.weight", [](Tensor w) { w.mul_(50); }),
       {},
       {}},
      {"a signal that vanishes in sigmoids",
       "net-signal-depth",
       Severity::kWarn,
       "moons",
       "[{linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, "
       "sigmoid, {linear: 16}, "
       "sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, "
       "{linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, "
       "sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid]",
       {},
       {},
       {}},
      {"a signal that vanishes in layers within another",
       "net-signal-depth",
       Severity::kWarn,
       "moons",
       "[{sequential: {layers: [{linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, "
       "sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, "
       "{linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid, {linear: 16}, "
       "sigmoid, {linear: 16}, sigmoid, {linear: 16}, sigmoid]}}]",
       {},
       {},
       {}},
      {"a signal that explodes",
       "net-signal-depth",
       Severity::kWarn,
       "moons",
       "[{linear: 32}, relu, {linear: 32}, relu, {linear: 32}, relu, {linear: 32}, relu]",
       [](SupervisedLearner& learner) {
         torch::NoGradGuard no_grad;
         for (auto [name, weights] : learner.network().parameters()) weights.mul_(20);
       },
       {},
       {}},
  };
}

std::vector<BrokenNetwork> broken_gradients() {
  return {
      {"a branch cut off from the gradient",
       "net-gradient-flow",
       Severity::kError,
       "moons",
       "[{linear: 16}, {residual: {layers: [{linear: 16}, silu]}}]",
       alter(1, [](Layer& inner, const Tensor& x) { return x + (inner.forward(x) - x).detach(); }),
       {},
       {}},
      {"a layer that is passed by",
       "net-gradient-flow",
       Severity::kError,
       "moons",
       kMlp,
       alter(2, [](Layer&, const Tensor& x) { return x.clone(); }),
       {},
       {}},
      {"the root of squares that are zero",
       "net-gradient-flow",
       Severity::kError,
       "moons",
       kMlp,
       alter(1,
             [](Layer& inner, const Tensor& x) {
               const auto y = inner.forward(x), zero = 0 * y;
               return y + (zero * zero).sqrt();
             }),
       {},
       {}},
      {"gradients not set to zero",
       "net-gradient-fresh",
       Severity::kError,
       "moons",
       kMlp,
       {},
       {},
       made<SteppingSubject<AccumulatingStep>>},
      {"a trunk cut off from the gradient",
       "net-gradient-check",
       Severity::kError,
       "moons",
       "[{linear: 16}, {residual: {layers: [{linear: 16}, silu]}}]",
       alter(1, [](Layer& inner, const Tensor& x) { return inner.forward(x) - x + x.detach(); }),
       {},
       {}},
      {"half of a gradient",
       "net-gradient-check",
       Severity::kError,
       "moons",
       kMlp,
       alter(3,
             [](Layer& inner, const Tensor& x) {
               const auto half = 0.5 * inner.forward(x);
               return half + half.detach();
             }),
       {},
       {}},
      {"a step of the wrong sign",
       "net-gradient-check",
       Severity::kError,
       "bars",
       kCnn,
       {},
       {},
       made<SteppingSubject<AscendingStep>>},
      {"a sum where training has a mean",
       "net-gradient-check",
       Severity::kError,
       "plane",
       kMlp,
       {},
       {},
       made<SteppingSubject<SummingStep>>},
      {"a bias that a norm takes away",
       "net-idle-bias",
       Severity::kWarn,
       "moons",
       "[{linear: 16}, batch_norm, relu]",
       {},
       {},
       {}},
      {"a bias that a norm takes away behind pooling",
       "net-idle-bias",
       Severity::kWarn,
       "bars",
       "[{conv2d: 8}, {max_pool2d: 2}, batch_norm, relu, {linear: 16}, relu]",
       {},
       {},
       {}},
  };
}

std::vector<BrokenNetwork> broken_repeats() {
  return {
      {"kernels planned on memory that the weights have left",
       "net-planned-path",
       Severity::kError,
       "moons",
       kMlp,
       {},
       {},
       made<StaleSubject>},
      {"a number that is not in the file",
       "net-save-load",
       Severity::kError,
       "moons",
       kMlp,
       [](SupervisedLearner& learner) {
         auto& network = learner.network();
         network.replace(1, std::make_shared<Forgetful>(network.module(1)));
       },
       {},
       {}},
      {"noise that no seed reaches",
       "net-same-seed",
       Severity::kError,
       "moons",
       kMlp,
       alter(1,
             [](Layer& inner, const Tensor& x) {
               const auto y = inner.forward(x);
               return y + unseeded_noise(y);
             }),
       {},
       {}},
  };
}

}  // namespace

std::vector<BrokenNetwork> broken_networks() {
  std::vector<BrokenNetwork> all;
  for (const auto& group : {broken_outputs(), broken_sequences(), broken_signals(),
                            broken_gradients(), broken_learning(), broken_repeats()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<artefact::Finding> test_broken(const BrokenNetwork& broken, const std::string& id) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto& samples = dataset(broken.data);
  auto options = testing::fit_options(samples, 1);
  if (broken.settings) broken.settings(options);
  const auto make = [&](std::uint64_t seed) -> std::unique_ptr<Subject> {
    auto learner = make_supervised(testing::problem(samples, broken.layers, seed), run);
    std::unique_ptr<SupervisedLearner> own(static_cast<SupervisedLearner*>(learner.release()));
    if (broken.tamper) broken.tamper(*own);
    if (broken.subject) return broken.subject(std::move(own), options, run);
    if (broken.tamper)
      return std::make_unique<TamperedSubject>(std::move(own), options, run, broken.tamper);
    return std::make_unique<Subject>(std::move(own), options, run);
  };
  const spec::NetworkTest thresholds;
  Probe probe(make, 1, thresholds, options, run);
  if (id.empty()) return run_network_tests(probe);
  std::vector<artefact::Finding> findings;
  for (const auto& test : all_network_tests()) {
    if (id == test.id) findings.push_back(test.run(probe));
  }
  return findings;
}

}  // namespace dlwork::training
