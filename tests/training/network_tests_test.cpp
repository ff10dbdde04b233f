#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/fit_problem.h"
#include "training/broken_networks.h"
#include "training/network_tests/idle_bias.h"
#include "training/sound_networks.h"

namespace dlwork::training {
namespace {

using artefact::Finding;
using artefact::Severity;
using Findings = std::map<std::string, Finding>;

Findings test_findings(const data::Dataset& dataset, const std::string& layers, FitOptions options,
                       const spec::NetworkTest& thresholds = {}) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  auto learner = make_supervised(testing::problem(dataset, layers), run);
  Findings findings;
  for (auto& finding : learner->test_network(thresholds, options, run))
    findings[finding.id] = finding;
  return findings;
}

/// Everything a person would have to look at.
std::vector<std::string> complaints(const Findings& findings) {
  std::vector<std::string> texts;
  for (const auto& [id, finding] : findings) {
    if (finding.severity != Severity::kInfo || !finding.checked)
      texts.push_back(id + ": " + finding.message);
  }
  return texts;
}

/// Half the steps, and half the way between the bounds of a step: what is sound is so by a factor.
spec::NetworkTest with_margin() {
  spec::NetworkTest limits;
  limits.overfit_steps /= 2;
  limits.update_ratio_low *= 2;
  limits.update_ratio_high /= 2;
  return limits;
}

TEST(SoundNetworks, PassEveryTestWithoutAWarning) {
  for (const SoundNetwork& sound : sound_networks()) {
    const auto& dataset = sound_data(sound.data);
    auto options = testing::fit_options(dataset, 1);
    options.training.learning_rate = sound.learning_rate;
    options.training.optimizer = sound.optimizer;
    options.training.class_weights = sound.class_weights;
    const auto findings = test_findings(dataset, sound.layers, options, with_margin());
    EXPECT_EQ(findings.size(), all_network_tests().size());
    EXPECT_EQ(complaints(findings), std::vector<std::string>{})
        << sound.data << " " << sound.layers;
  }
}

TEST(BrokenNetworks, EachIsCaughtByItsTest) {
  for (const auto& broken : broken_networks()) {
    const auto findings = test_broken(broken, broken.caught_by);
    ASSERT_EQ(findings.size(), 1u) << broken.caught_by;
    EXPECT_EQ(findings[0].severity, broken.severity) << broken.what << ": " << findings[0].message;
    EXPECT_TRUE(findings[0].checked) << broken.what << ": " << findings[0].message;
  }
}

TEST(BrokenNetworks, EveryTestHasOneThatItCatches) {
  std::set<std::string> caught;
  for (const auto& broken : broken_networks()) caught.insert(broken.caught_by);
  for (const auto& test : all_network_tests()) {
    if (std::string(test.id) == "net-devices") continue;  // needs a device that computes otherwise
    EXPECT_EQ(caught.count(test.id), 1u) << test.id;
  }
  EXPECT_GE(broken_networks().size(), 40u);
}

TEST(BrokenNetworks, AreSoundWithoutTheirFault) {
  // What catches them is the fault, not the network around it.
  std::set<std::string> seen;
  for (BrokenNetwork broken : broken_networks()) {
    if (!broken.tamper && !broken.settings && !broken.subject)
      continue;  // the layers are the fault
    broken.tamper = nullptr, broken.settings = nullptr, broken.subject = nullptr;
    if (!seen.insert(broken.data + broken.layers).second) continue;
    for (const auto& finding : test_broken(broken, "")) {
      EXPECT_EQ(finding.severity, Severity::kInfo) << broken.layers << ": " << finding.message;
    }
  }
}

TEST(NetworkTests, SayTheirNumbers) {
  const auto moons = testing::two_moons();
  const auto findings =
      test_findings(moons, "[{linear: 32}, relu]", testing::fit_options(moons, 1));
  EXPECT_NEAR(findings.at("net-initial-loss").evidence["theory"].get<double>(), 0.693147, 1e-6);
  EXPECT_LE(findings.at("net-initial-loss").evidence["off"].get<double>(), 0.1);
  EXPECT_EQ(findings.at("net-sample-independence").evidence["others"], 0.0);
  EXPECT_LT(findings.at("net-overfit-batch").evidence["last"].get<double>(), 0.036);
  EXPECT_LT(findings.at("net-gradient-check").evidence["differences"].get<double>(), 1e-5);
  EXPECT_LT(findings.at("net-gradient-check").evidence["float"].get<double>(), 1e-5);
  EXPECT_GT(findings.at("net-label-shuffle").evidence["true_targets"].get<double>(), 5);
  EXPECT_LT(std::abs(findings.at("net-label-shuffle").evidence["shuffled_targets"].get<double>()),
            4);
}

TEST(NetworkTests, TheoryOfTheFirstLossIsTheEntropyWhereClassesAreUnequal) {
  const auto& rare = sound_data("rare");
  const auto findings = test_findings(rare, "[{linear: 32}, relu]", testing::fit_options(rare, 1));
  const auto& evidence = findings.at("net-initial-loss").evidence;
  EXPECT_NEAR(evidence["theory"].get<double>(), 0.693147, 1e-6);
  // Of 32 samples 1 to 5 are of the rare class: -p ln p - (1 - p) ln(1 - p).
  EXPECT_GT(evidence["entropy"].get<double>(), 0.139);
  EXPECT_LT(evidence["entropy"].get<double>(), 0.434);
}

TEST(NetworkTests, TheoryOfTheFirstLossIsThatOfTheLoss) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  auto problem = testing::problem(sound_data("blobs"), "[{linear: 64}, relu]");
  problem.loss = "bce";
  const auto learner = make_supervised(problem, run);
  Findings findings;
  const auto options = testing::fit_options(sound_data("blobs"), 1);
  for (auto& finding : learner->test_network({}, options, run)) findings[finding.id] = finding;
  EXPECT_EQ(complaints(findings), std::vector<std::string>{});
  const auto& first = findings.at("net-initial-loss");
  EXPECT_NEAR(first.evidence["theory"].get<double>(), 0.693147, 1e-6);
  EXPECT_NE(first.message.find("(ln 2, each class by itself)"), std::string::npos) << first.message;
  // Each of five classes has a fifth of the samples, more or less, which lowers the mean of
  // -p ln p - (1 - p) ln(1 - p) below that of equal shares.
  EXPECT_LE(first.evidence["entropy"].get<double>(), 0.5005);
  EXPECT_GT(first.evidence["entropy"].get<double>(), 0.43);
}

TEST(NetworkTests, CatchANetworkTooDeadToLearn) {
  const auto moons = testing::two_moons();
  // Everything is dropped: no gradient passes.
  const auto findings =
      test_findings(moons, "[{linear: 32}, relu, {dropout: 0.999}, {linear: 4}, {dropout: 0.999}]",
                    testing::fit_options(moons, 1));
  EXPECT_EQ(findings.at("net-overfit-batch").severity, Severity::kError);
  // Given up after a tenth of test.overfit_steps.
  EXPECT_EQ(findings.at("net-overfit-batch").evidence["steps"], 200);
}

TEST(NetworkTests, CatchAThresholdThatIsNotMet) {
  const auto moons = testing::two_moons();
  spec::NetworkTest strict;
  strict.overfit_steps = 1;
  const auto findings =
      test_findings(moons, "[{linear: 32}, relu]", testing::fit_options(moons, 1), strict);
  EXPECT_EQ(findings.at("net-overfit-batch").severity, Severity::kError);
}

TEST(NetworkTests, CatchInputsThatOverflow) {
  // Standardisation is fitted on rows that hardly differ; the others are far outside.
  auto plane = testing::plane();
  const auto& rows = plane.part(data::Part::kTrain);
  auto problem = testing::problem(plane, "[{linear: 8}, {linear: 8}]");
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  problem.fit_rows = {rows[0], rows[1]};
  auto& numbers = plane.samples.table.columns[0].numbers;
  numbers[rows[0]] = 1;
  numbers[rows[1]] = 1 + 1e-9;
  for (std::size_t i = 2; i < rows.size(); ++i) numbers[rows[i]] = 1e29;
  auto learner = make_supervised(std::move(problem), run);
  auto options = testing::fit_options(plane, 1);
  int seen = 0;
  for (const auto& finding : learner->test_network({}, options, run)) {
    if (finding.id != "net-finite") continue;
    ++seen;
    EXPECT_EQ(finding.severity, Severity::kError) << finding.message;
    EXPECT_FALSE(finding.evidence["not_finite"].empty());
  }
  EXPECT_EQ(seen, 1);
}

TEST(NetworkTests, BiasesBeforeANormAreNamedAndNoFault) {
  const auto bars = testing::bars();
  const auto findings = test_findings(
      bars,
      "[{residual: {layers: [{conv2d: 4}, batch_norm, relu, {conv2d: 4}]}}, batch_norm, relu]",
      testing::fit_options(bars, 1));
  const auto& idle = findings.at("net-idle-bias");
  EXPECT_EQ(idle.severity, Severity::kWarn);
  EXPECT_EQ(idle.evidence["biases"], (Json{"0.0.bias", "0.3.bias"}));
  EXPECT_EQ(idle.message, "a batch norm takes 0.0.bias and 0.3.bias away again");
  EXPECT_NE(idle.advice.find("bias: false"), std::string::npos) << idle.advice;
  EXPECT_EQ(findings.at("net-gradient-flow").severity, Severity::kInfo);
  EXPECT_EQ(findings.at("net-parameters-move").severity, Severity::kInfo);
  EXPECT_EQ(findings.at("net-gradient-check").severity, Severity::kInfo);
}

TEST(NetworkTests, ActivationsInsideOtherLayersAreLookedAt) {
  const auto moons = testing::two_moons();
  const auto findings =
      test_findings(moons,
                    "[{linear: 8}, {residual: {layers: [{linear: 8}, silu]}}, "
                    "{sequential: {layers: [{linear: 8}, relu]}}, "
                    "{concat: {branches: [relu, {sequential: {layers: [{linear: 4}, tanh]}}]}}]",
                    testing::fit_options(moons, 1));
  std::vector<std::string> names;
  for (const Json& layer : findings.at("net-activations").evidence["layers"]) {
    names.push_back(layer["layer"]);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"1.1 silu", "2.1 relu", "3.0 relu", "3.1.1 tanh"}));
}

/// The network's idle biases. Moving one of them by a whole unit must leave what comes out in
/// training mode as it was, and moving any other bias must not.
std::vector<std::string> confirmed_idle(const data::Dataset& dataset, const char* layers) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto options = testing::fit_options(dataset, 1);
  const auto learner = make_supervised(testing::problem(dataset, layers), run);
  const auto& network = static_cast<SupervisedLearner&>(*learner).network();
  const auto idle = idle_biases(network);
  const auto few =
      std::vector<std::int64_t>(options.train_rows.begin(), options.train_rows.begin() + 16);
  const auto& blueprint = static_cast<SupervisedLearner&>(*learner).blueprint();
  Batches batches(dataset.samples, blueprint.preprocessor, blueprint.coding, torch::kCPU);
  const auto x = batches.inputs(few.data(), static_cast<std::int64_t>(few.size()));
  const torch::NoGradGuard no_grad;
  network.set_mode(model::Network::Mode::kTrain);
  const auto before = network.forward(x);
  for (auto [name, parameter] : network.parameters()) {
    if (name.find("bias") == std::string::npos) continue;
    parameter.add_(1);
    const double moved = (network.forward(x) - before).abs().max().item<double>();
    parameter.sub_(1);
    if (std::count(idle.begin(), idle.end(), name) > 0) {
      EXPECT_LT(moved, 1e-4) << layers << ": " << name;
    } else {
      EXPECT_GT(moved, 1e-3) << layers << ": " << name;
    }
  }
  return idle;
}

TEST(IdleBiases, AreThoseWhoseShiftChangesNothing) {
  using Names = std::vector<std::string>;
  const struct {
    const char* data;
    const char* layers;
    Names idle;
  } cases[] = {
      {"moons", "[{linear: 8}, batch_norm, relu]", {"0.bias"}},
      {"moons", "[{linear: {units: 8, bias: false}}, batch_norm, relu]", {}},
      {"moons", "[{linear: 8}, relu, batch_norm]", {}},
      {"moons", "[{linear: 8}, identity, batch_norm, batch_norm]", {"0.bias", "2.bias"}},
      {"bars", "[{conv2d: 4}, {max_pool2d: 2}, batch_norm, relu]", {"0.bias"}},
      {"bars", "[{conv2d: 4}, {avg_pool2d: 2}, identity, batch_norm, relu]", {"0.bias"}},
      {"bars", "[{conv2d: 4}, global_avg_pool, batch_norm]", {"0.bias"}},
      {"bars", "[{conv2d: 4}, {max_pool2d: 2}, flatten, batch_norm, relu]", {"0.bias"}},
      {"bars",
       "[{conv2d: 4}, {upsample: {factor: 2, mode: bilinear}}, batch_norm, relu]",
       {"0.bias"}},
      {"bars", "[{conv2d: 4}, to_sequence, batch_norm, relu, global_avg_pool]", {"0.bias"}},
      {"bars",
       "[{conv2d: 4}, {sequential: {layers: [{max_pool2d: 2}, batch_norm]}}, relu]",
       {"0.bias"}},
      {"bars", "[{conv2d: 4}, {residual: {layers: [batch_norm, relu, {conv2d: 4}]}}, relu]", {}},
      {"bars",
       "[{conv2d: 4}, {residual: {layers: [batch_norm, relu, {conv2d: 4}]}}, batch_norm, relu]",
       {"0.bias", "1.2.bias"}},
      {"bars",
       "[{concat: {branches: [{conv2d: 4}, {sequential: {layers: [{conv2d: 4}, relu]}}, "
       "batch_norm]}}, relu]",
       {}},
      {"bars",
       "[{concat: {branches: [{conv2d: 4}, {sequential: {layers: [{conv2d: 4}, relu]}}]}}, "
       "batch_norm, relu]",
       {"0.0.bias"}},
      {"series", "[{conv1d: 4}, {max_pool1d: 2}, batch_norm, relu, global_avg_pool]", {"0.bias"}},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(confirmed_idle(sound_data(one.data), one.layers), one.idle) << one.layers;
  }
}

TEST(NetworkTests, ALayerNormOverPicturesStartsAtOne) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto bars = testing::bars();
  const auto learner = make_supervised(testing::problem(bars, "[{conv2d: 8}, layer_norm]"), run);
  int seen = 0;
  for (const auto& [name, weights] :
       static_cast<SupervisedLearner&>(*learner).network().parameters()) {
    seen += name == "1.weight" || name == "1.bias" ? 1 : 0;
    if (name == "1.weight") {
      EXPECT_TRUE(torch::equal(weights, torch::ones({8, 8, 8})));
    }
    if (name == "1.bias") {
      EXPECT_TRUE(torch::equal(weights, torch::zeros({8, 8, 8})));
    }
  }
  EXPECT_EQ(seen, 2);
}

TEST(NetworkTests, SayWhySequencesAreNotTested) {
  const auto reason = [](const char* data, const char* layers, const char* id) {
    const auto& dataset = sound_data(data);
    const auto finding = test_findings(dataset, layers, testing::fit_options(dataset, 1)).at(id);
    EXPECT_EQ(finding.severity, Severity::kInfo);
    return finding.skipped;
  };
  EXPECT_EQ(reason("moons", "[{linear: 8}, relu]", "net-padding"), "samples are no sequences");
  EXPECT_EQ(reason("moons", "[{linear: 8}, relu]", "net-causality"), "samples are no sequences");
  EXPECT_EQ(reason("series", "[{gru: 8}]", "net-padding"),
            "of 250 training samples none ends before the longest does");
  EXPECT_EQ(reason("series", "[{conv1d: 8}, global_avg_pool]", "net-causality"),
            "no layer that gives a sequence is declared causal");
}

TEST(NetworkTests, SayWhichLayersCountPaddedSteps) {
  const auto& ragged = sound_data("ragged");
  const auto findings = test_findings(
      ragged,
      "[{linear: {units: 8, each_step: true}}, {residual: {layers: [{group_norm: 2}]}}, "
      "flatten]",
      testing::fit_options(ragged, 1));
  const auto& finding = findings.at("net-padding");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.evidence["counting"], (Json{"1.0 group_norm", "2 flatten"}));
  EXPECT_NE(finding.message.find("steps past the end count in 1.0 group_norm and 2 flatten"),
            std::string::npos)
      << finding.message;
}

TEST(NetworkTests, SkipWhatTheMachineHasNot) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "there is a CUDA device";
  const auto moons = testing::two_moons();
  const auto findings = test_findings(moons, "[{linear: 8}, relu]", testing::fit_options(moons, 1));
  EXPECT_NE(findings.at("net-devices").skipped, "");
  EXPECT_EQ(findings.at("net-devices").severity, Severity::kInfo);
}

TEST(NetworkTests, LookAtAsManySamplesAsTheirExplanationsSay) {
  const auto samples_of = [](std::size_t rows) {
    const auto moons = testing::two_moons();
    auto options = testing::fit_options(moons, 1);
    const auto all = options.train_rows;
    while (options.train_rows.size() < rows) options.train_rows.push_back(all.front());
    return test_findings(moons, "[{linear: 8}, relu]", options)
        .at("net-finite")
        .evidence["samples"]
        .get<std::size_t>();
  };
  EXPECT_EQ(samples_of(240), 240u);
  EXPECT_EQ(samples_of(600), kTestedSamples);
  for (const char* id : {"net-finite", "net-activations"}) {
    const std::string& told = artefact::find_finding(id)->meaning;
    EXPECT_NE(told.find("at most " + std::to_string(kTestedSamples) + " training samples"),
              std::string::npos)
        << told;
    EXPECT_NE(told.find(std::to_string(kTestedOfOwnLoss)), std::string::npos) << told;
  }
}

TEST(NetworkTests, LeaveTheLearnerAsItWas) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto moons = testing::two_moons();
  auto learner = make_supervised(testing::problem(moons, "[{linear: 8}, batch_norm, relu]"), run);
  const auto& rows = moons.part(data::Part::kTest);
  const auto before = learner->predict(moons.samples, rows).values;
  learner->test_network({}, testing::fit_options(moons, 1), run);
  EXPECT_EQ(learner->predict(moons.samples, rows).values, before);
}

TEST(NetworkTests, SayTheSameTwice) {
  const auto bars = testing::bars();
  const auto options = testing::fit_options(bars, 1);
  const char* layers = "[{conv2d: 4}, batch_norm, relu, {dropout: 0.2}]";
  const auto first = test_findings(bars, layers, options),
             second = test_findings(bars, layers, options);
  for (const auto& [id, finding] : first) EXPECT_EQ(finding.message, second.at(id).message);
}

}  // namespace
}  // namespace dlwork::training
