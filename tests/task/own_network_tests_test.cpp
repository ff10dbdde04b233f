#include "task/own_network_tests.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "made_data.h"
#include "support/fit_problem.h"
#include "support/layers.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using artefact::Severity;
using model::Inputs;
using model::Layer;
using torch::Tensor;
using training::NetworkBatch;
using training::NetworkBlueprint;
using training::NetworkLearner;

constexpr char kTask[] = "reinforcement-learning";  // whose metric is the mean of what is said
constexpr char kSteps[] =
    "[{conv1d: 16}, tanh, {linear: {units: 16, each_step: true}}, tanh, "
    "{linear: {units: 2, each_step: true}}]";

/// Doubles what it sees, at each step that counts.
class Doubler final : public NetworkLearner {
 public:
  using NetworkLearner::NetworkLearner;

  Tensor loss(const Inputs& outputs, const NetworkBatch& batch) const override {
    const auto& lengths = batch.inputs.lengths;
    const auto wanted = 2 * batch.inputs.values;
    const auto counts = (torch::arange(wanted.size(1)).unsqueeze(0) < lengths.unsqueeze(1))
                            .to(outputs.values.scalar_type())
                            .unsqueeze(2);
    return ((outputs.values - wanted).square() * counts).sum() / (2 * counts.sum());
  }
  training::Outputs describe(const Inputs& outputs, const NetworkBatch&,
                             const data::Samples&) const override {
    training::Outputs said;
    said.rows = outputs.values.size(0);
    said.columns = 1;
    const auto sums = outputs.values.select(1, 0).sum(1).contiguous();
    said.values.assign(sums.data_ptr<float>(), sums.data_ptr<float>() + said.rows);
    return said;
  }
  std::vector<artefact::Finding> test_network(const spec::NetworkTest&, const training::FitOptions&,
                                              RunContext&) override {
    return {};
  }
};

/// A layer whose output is changed on its way, and which does not know where sequences end.
class Changed final : public Layer {
 public:
  using Change = std::function<Tensor(Layer& inner, const Tensor& input)>;
  Changed(std::shared_ptr<Layer> inner, Change change, bool in_training_alone)
      : inner_(register_module("of", std::move(inner))),
        change_(std::move(change)),
        in_training_alone_(in_training_alone) {}
  Tensor forward(const Tensor& input) override { return change_(*inner_, input); }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    const bool sound = in_training_alone_ && !is_training();
    return sound ? inner_->forward_padded(input, lengths) : forward(input);
  }

 private:
  std::shared_ptr<Layer> inner_;
  Change change_;
  bool in_training_alone_;
};

class OwnNetworkTestsTest : public ::testing::Test {
 protected:
  using Tamper = std::function<void(NetworkLearner&)>;

  static Tamper altered(std::size_t layer, const Changed::Change& change,
                        bool in_training_alone = false) {
    return [=](NetworkLearner& learner) {
      learner.network().replace(layer, std::make_shared<Changed>(learner.network().module(layer),
                                                                 change, in_training_alone));
    };
  }
  std::unique_ptr<NetworkLearner> fresh() {
    spec::Project project;
    spec::Model model;
    model.layers = testing::layers(layers_);
    auto blueprint = training::make_blueprint("regression", "mse", project, dataset_, model, 7);
    blueprint.task = kTask;
    auto made = std::make_unique<Doubler>(std::move(blueprint), &dataset_, silent_.run);
    if (tamper_) tamper_(*made);
    return made;
  }
  std::vector<artefact::Finding> findings() {
    OwnNetwork network;
    network.fresh = [&] { return fresh(); };
    network.load = [&](const std::filesystem::path& file) {
      auto learner = training::load_network(file, kTask, [&](NetworkBlueprint blueprint) {
        return std::make_unique<Doubler>(std::move(blueprint), &dataset_, silent_.run);
      });
      if (tamper_ && !forgets_) tamper_(*learner);
      return learner;
    };
    network.first_loss = first_loss_;
    network.not_applied = {{"net-label-shuffle", "targets are the inputs"}};
    auto options = testing::fit_options(dataset_, 1);
    options.metric = "mean-return";
    options.training.learning_rate = 0.01;
    return test_own_network(network, limits_, options, silent_.run);
  }
  /// How a test ends with the fault.
  artefact::Finding with(const char* id, const Tamper& fault) {
    tamper_ = fault;
    limits_.overfit_steps = 30;
    for (auto& finding : findings()) {
      if (finding.id == id) return finding;
    }
    ADD_FAILURE() << "no " << id;
    return {};
  }

  data::Dataset dataset_ = testing::waves(5);  // that end early
  std::string layers_ = kSteps;
  spec::NetworkTest limits_;
  double first_loss_ = 4;  // of nothing said: the mean square of twice what is standardised
  Tamper tamper_;
  bool forgets_ = false;  ///< what it was tampered with, in its file
  testing::SilentRun silent_;
};

TEST_F(OwnNetworkTestsTest, ASoundNetworkPassesAll) {
  for (const auto& finding : findings()) {
    EXPECT_EQ(finding.severity, Severity::kInfo) << finding.id << ": " << finding.message;
    if (finding.id == "net-finite") {
      EXPECT_EQ(finding.evidence["samples"], training::kTestedOfOwnLoss);
    }
  }
}

TEST_F(OwnNetworkTestsTest, EachFaultIsFoundByItsTest) {
  static std::uint64_t drawn = 0;
  struct Fault {
    const char* id;
    std::size_t layer;
    Changed::Change change;
  };
  const std::vector<Fault> faults = {
      {"net-sample-independence", 3,
       [](Layer& inner, const Tensor& x) { return inner.forward(x).cumsum(0); }},
      {"net-evaluation", 3,
       [](Layer& inner, const Tensor& x) { return torch::dropout(inner.forward(x), 0.3, true); }},
      {"net-padding", 0, [](Layer& inner, const Tensor& x) { return inner.forward(x); }},
      {"net-input-dependence", 0,
       [](Layer& inner, const Tensor& x) { return inner.forward(0 * x + 1); }},
      // A little gets through, which is nothing that anything is learned by.
      {"net-input-dependence", 0,
       [](Layer& inner, const Tensor& x) { return inner.forward(1e-6 * x + 1); }},
      {"net-gradient-check", 3,
       [](Layer& inner, const Tensor& x) {
         const auto half = 0.5 * inner.forward(x);
         return half + half.detach();
       }},
      {"net-gradient-flow", 3,
       [](Layer& inner, const Tensor& x) { return inner.forward(x).detach(); }},
      {"net-activations", 3, [](Layer& inner, const Tensor& x) { return 0 * inner.forward(x); }},
      {"net-initial-loss", 4, [](Layer& inner, const Tensor& x) { return inner.forward(x) + 10; }},
      {"net-same-seed", 1, [](Layer& inner, const Tensor& x) {
         return inner.forward(x) + 0.01 * static_cast<double>(++drawn);
       }}};
  for (const auto& fault : faults) {
    const auto finding = with(fault.id, altered(fault.layer, fault.change));
    EXPECT_EQ(finding.severity, Severity::kError) << finding.id << ": " << finding.message;
  }
}

TEST_F(OwnNetworkTestsTest, StepsPastTheEndThatReachGradientsAloneAreFound) {
  const auto full = [](Layer& inner, const Tensor& x) { return inner.forward(x); };
  const auto finding = with("net-padding", altered(0, full, /*in_training_alone=*/true));
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_LE(finding.evidence["outputs"].get<double>(), 1e-5);
  EXPECT_GT(finding.evidence["gradients"].get<double>(), 1e-3);
}

TEST_F(OwnNetworkTestsTest, WhatIsNotInTheFileIsFound) {
  const auto more = [](Layer& inner, const Tensor& x) { return inner.forward(x) + 0.1; };
  EXPECT_EQ(with("net-save-load", altered(4, more)).severity, Severity::kInfo);
  forgets_ = true;
  EXPECT_EQ(with("net-save-load", altered(4, more)).severity, Severity::kError);
}

TEST_F(OwnNetworkTestsTest, UnitsThatStartAlikeAndSignalsThatFadeAreFound) {
  const auto change = [](const std::string& name, const std::function<void(Tensor)>& to) {
    return [=](NetworkLearner& learner) {
      const torch::NoGradGuard no_grad;
      for (const auto& [key, tensor] : learner.network().parameters()) {
        if (key == name) to(tensor);
      }
    };
  };
  EXPECT_EQ(with("net-initial-weights",
                 change("2.weight", [](Tensor w) { w.copy_(w[0].clone().expand_as(w)); }))
                .severity,
            Severity::kError);
  EXPECT_EQ(with("net-signal-depth", change("2.weight", [](Tensor w) { w.mul_(1e-5); })).severity,
            Severity::kWarn);
  EXPECT_EQ(with("net-activations", change("0.weight", [](Tensor w) { w.mul_(1e3); })).severity,
            Severity::kWarn);
}

TEST_F(OwnNetworkTestsTest, ALayerMadeToCountAllStepsIsNamedAndNoFault) {
  layers_ =
      "[{linear: {units: 16, each_step: true}}, {group_norm: 2}, tanh, "
      "{linear: {units: 2, each_step: true}}]";
  const auto finding = with("net-padding", {});
  EXPECT_EQ(finding.severity, Severity::kWarn);
  ASSERT_EQ(finding.evidence["counting"].size(), 1u);
  EXPECT_NE(finding.message.find("steps past the end count in "), std::string::npos)
      << finding.message;
  EXPECT_GT(finding.evidence["gradients"].get<double>(), 1e-5);
}

}  // namespace
}  // namespace dlwork::task
