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
    EXPECT_EQ(findings.size(), 8u);
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
