#include <gtest/gtest.h>

#include <map>

#include "support/fit_problem.h"

namespace dlwork::training {
namespace {

using artefact::Severity;

std::map<std::string, artefact::Finding> test_findings(const data::Dataset& dataset, const std::string& layers,
                                                       FitOptions options, const spec::NetworkTest& thresholds = {}) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  auto learner = make_supervised(testing::problem(dataset, layers), run);
  std::map<std::string, artefact::Finding> findings;
  for (auto& finding : learner->test_network(thresholds, options, run)) findings[finding.id] = finding;
  return findings;
}

std::vector<std::string> failed(const std::map<std::string, artefact::Finding>& findings) {
  std::vector<std::string> ids;
  for (const auto& [id, finding] : findings) {
    if (finding.severity == Severity::kError || !finding.checked) ids.push_back(id + ": " + finding.message);
  }
  return ids;
}

using Ids = std::vector<std::string>;

TEST(NetworkTests, SoundNetworksPassThemAll) {
  const auto moons = testing::two_moons(), bars = testing::bars(), plane = testing::plane();
  for (const char* layers : {"[{linear: 32}, relu]", "[{linear: 32}, batch_norm, relu, {dropout: 0.2}, {linear: 16}, tanh]",
                             "[{linear: 32}, layer_norm, gelu]", "[{residual: {layers: [{linear: 16}, silu]}}]"}) {
    const auto findings = test_findings(moons, layers, testing::fit_options(moons, 1));
    EXPECT_EQ(findings.size(), 9u);
    EXPECT_EQ(failed(findings), Ids{}) << layers;
  }
  for (const char* layers : {"[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]",
                             "[{conv2d: {channels: 8, bias: false}}, relu, global_avg_pool, {linear: 32}, leaky_relu]"}) {
    EXPECT_EQ(failed(test_findings(bars, layers, testing::fit_options(bars, 1))), Ids{}) << layers;
  }
  auto options = testing::fit_options(plane, 1);
  options.metric = "rmse";
  EXPECT_EQ(failed(test_findings(plane, "[{linear: 32}, relu]", options)), Ids{});
}

TEST(NetworkTests, SayTheirNumbers) {
  const auto moons = testing::two_moons();
  const auto findings = test_findings(moons, "[{linear: 32}, relu]", testing::fit_options(moons, 1));
  EXPECT_NEAR(findings.at("net-initial-loss").evidence["theory"].get<double>(), 0.693147, 1e-6);
  EXPECT_LE(findings.at("net-initial-loss").evidence["off"].get<double>(), 0.1);
  EXPECT_EQ(findings.at("net-sample-independence").evidence["others"], 0.0);
  EXPECT_LT(findings.at("net-overfit-batch").evidence["last"].get<double>(), 0.07);
}

TEST(NetworkTests, CatchARateThatLearnsNothing) {
  const auto moons = testing::two_moons();
  auto options = testing::fit_options(moons, 1);
  options.training.learning_rate = 1e-7;
  const auto findings = test_findings(moons, "[{linear: 32}, relu]", options);
  EXPECT_EQ(findings.at("net-overfit-batch").severity, Severity::kError);
}

TEST(NetworkTests, CatchANetworkTooDeadToLearn) {
  const auto moons = testing::two_moons();
  // Everything is dropped: no gradient passes.
  const auto findings = test_findings(moons, "[{linear: 32}, relu, {dropout: 0.999}, {linear: 4}, {dropout: 0.999}]",
                                      testing::fit_options(moons, 1));
  EXPECT_EQ(findings.at("net-overfit-batch").severity, Severity::kError);
}

TEST(NetworkTests, CatchAThresholdThatIsNotMet) {
  const auto moons = testing::two_moons();
  spec::NetworkTest strict;
  strict.overfit_steps = 1;
  const auto findings = test_findings(moons, "[{linear: 32}, relu]", testing::fit_options(moons, 1), strict);
  EXPECT_EQ(findings.at("net-overfit-batch").severity, Severity::kError);
}

TEST(NetworkTests, CatchInputsThatOverflow) {
  // Each layer multiplies the deviation by 1e4 or more, since the inputs are not standardised here:
  // ten linear layers after a scale of 1e30 leave the range of float32.
  auto plane = testing::plane();
  const auto& rows = plane.part(data::Part::kTrain);
  auto problem = testing::problem(plane, "[{linear: 8}, {linear: 8}]");
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  // Fitted on rows that hardly differ; the others are far outside.
  problem.fit_rows = {rows[0], rows[1]};
  auto& numbers = plane.samples.table.columns[0].numbers;
  numbers[rows[0]] = 1;
  numbers[rows[1]] = 1 + 1e-9;
  for (std::size_t i = 2; i < rows.size(); ++i) numbers[rows[i]] = 1e29;
  auto learner = make_supervised(std::move(problem), run);
  auto options = testing::fit_options(plane, 1);
  for (const auto& finding : learner->test_network({}, options, run)) {
    if (finding.id != "net-finite") continue;
    EXPECT_EQ(finding.severity, Severity::kError) << finding.message;
    EXPECT_FALSE(finding.evidence["not_finite"].empty());
  }
}

TEST(NetworkTests, BiasesBeforeANormAreNoFault) {
  const auto bars = testing::bars();
  const auto findings = test_findings(
      bars, "[{residual: {layers: [{conv2d: 4}, batch_norm, relu, {conv2d: 4}]}}, batch_norm, relu]",
      testing::fit_options(bars, 1));
  EXPECT_EQ(findings.at("net-gradient-flow").severity, Severity::kInfo);
  EXPECT_EQ(findings.at("net-parameters-move").severity, Severity::kInfo);
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

}  // namespace
}  // namespace dlwork::training
