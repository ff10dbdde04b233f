#include "phase/ensemble/average.h"

#include <gtest/gtest.h>

#include <numeric>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "phase_files.h"
#include "support/fake_phase.h"
#include "support/layers.h"

namespace dlwork {
namespace {

using artefact::Severity;
using testing::PhaseOverFake;
using training::Outputs;

TEST(Average, WeighsEachMemberRowByRow) {
  const Outputs a{2, 2, {1, 0, 0.5f, 0.5f}}, b{2, 2, {0, 1, 0.25f, 0.75f}};
  const auto mean = task::weighted_mean({&a, &b}, {0.75, 0.25});
  EXPECT_EQ(mean.values, (std::vector<float>{0.75f, 0.25f, 0.4375f, 0.5625f}));
  EXPECT_EQ(mean.rows, 2);
  EXPECT_EQ(mean.columns, 2);
}

/// Probabilities of class 1 for 400 samples whose true class is 1.
Outputs sure_of(int right) {
  Outputs outputs{400, 2, {}};
  for (int i = 0; i < 400; ++i) {
    const float p = i < right ? 0.9f : 0.1f;
    outputs.values.insert(outputs.values.end(), {1 - p, p});
  }
  return outputs;
}

TEST(GainInterval, HoldsZeroWhereADifferenceMayBeChance) {
  data::Target target;
  target.is_class = true;
  target.classes = {"no", "yes"};
  target.codes.assign(400, 1);
  std::vector<std::int64_t> rows(400);
  std::iota(rows.begin(), rows.end(), 0);
  const auto& accuracy = training::find_metric("accuracy", "classification");
  const auto few =
      phase::gain_interval(accuracy, sure_of(302), sure_of(300), target, rows, Rng(1, "t"));
  EXPECT_LE(few.low, 0);
  EXPECT_GT(few.high, 0);
  // 20 of 400 samples won and none lost: a binomial share of 0.05 with a deviation of 0.0109.
  const auto many =
      phase::gain_interval(accuracy, sure_of(320), sure_of(300), target, rows, Rng(1, "t"));
  EXPECT_NEAR(many.low, 0.05 - 1.96 * 0.0109, 0.004);
  EXPECT_NEAR(many.high, 0.05 + 1.96 * 0.0109, 0.004);
  const auto& log_loss = training::find_metric("log-loss", "classification");  // falling
  EXPECT_GT(
      phase::gain_interval(log_loss, sure_of(320), sure_of(300), target, rows, Rng(1, "t")).low, 0);
}

TEST(Ensemble, TheDiagnosedNetworkIsAMemberAndNotTrainedAgain) {
  PhaseOverFake phase;
  phase.run("diagnose");
  int before = phase.counts.fits;
  const auto members = phase.run("ensemble").tables.front();
  EXPECT_EQ(phase.counts.fits - before, phase.project.ensemble.members - 1);
  phase.project.training.learning_rate = 0.05;  // another training than the diagnosed one
  before = phase.counts.fits;
  phase.run("ensemble");
  EXPECT_EQ(phase.counts.fits - before, phase.project.ensemble.members);
}

TEST(Ensemble, TheTestPartIsCountedAndItsReuseIsSaid) {
  PhaseOverFake phase;
  phase.project.goal.target = 100;
  const auto first = phase.run("ensemble");
  EXPECT_EQ(first.values["test_readings"], 1);
  const auto second = phase.run("ensemble");
  EXPECT_EQ(second.values["test_readings"], 2);
  EXPECT_EQ(testing::finding(second, "test-part-reused").severity, Severity::kWarn);
}

/// Numbers that say nothing of the class: what is known of them is known by heart.
std::string noise_table(std::uint64_t seed) {
  Rng rng(seed, "noise table");
  std::string text = "a,b,c,d,y\n";
  for (int i = 0; i < 120; ++i) {
    for (int c = 0; c < 4; ++c) text += number_text(rng.normal()) + ",";
    text += rng.uniform() < 0.5 ? "yes\n" : "no\n";
  }
  return text;
}

/// Worse by what the test part's figure is above the validation part's, or below it where more is
/// better; and bars of both.
void expect_told_by_a_picture(const artefact::PhaseResult& result, const artefact::Finding& finding,
                              double sign) {
  const auto test = finding.evidence.at("test").get<double>();
  const auto validation = finding.evidence.at("validation").get<double>();
  EXPECT_DOUBLE_EQ(finding.evidence.at("worse").get<double>(), sign * (test - validation));
  const auto figure = testing::the_figure(result, finding.evidence.at("figure").get<std::string>());
  EXPECT_EQ(figure.kind, "bars");
  EXPECT_EQ(figure.data.at("labels"), Json::array({"validation", "test"}));
  EXPECT_EQ(figure.data.at("series").at(0).at("values"), Json::array({validation, test}));
}

TEST(Ensemble, SaysWhereTheValidationPartIsKnownByHeart) {
  testing::PhaseOverFiles phase;
  phase.write("train.csv", noise_table(1));
  phase.write("test.csv", noise_table(2));
  phase.write("other.csv", noise_table(3));
  auto& project = phase.project;
  project.data.test.paths = {"test.csv"};
  project.model.layers = testing::layers("[{linear: 128}, relu]");
  project.training.epochs = 60;
  project.training.learning_rate = 0.01;
  project.ensemble.members = 2;
  for (const bool known : {true, false}) {
    project.data.validation = {};
    project.data.validation.paths = {known ? "train.csv" : "other.csv"};
    const auto result = phase.run("ensemble");
    const auto& finding = testing::finding(result, "validation-overfitted");
    EXPECT_EQ(finding.severity, known ? Severity::kWarn : Severity::kInfo) << finding.message;
    EXPECT_EQ(finding.evidence["interval"][0].get<double>() > 0, known) << finding.message;
    expect_told_by_a_picture(result, finding, -1);
  }
}

TEST(Ensemble, ErrorIsWorseWhereItIsMore) {
  PhaseOverFake phase;  // rmse
  const auto result = phase.run("ensemble");
  expect_told_by_a_picture(result, testing::finding(result, "validation-overfitted"), 1);
}

TEST(Ensemble, SameSeedGivesTheSameFigures) {
  PhaseOverFake phase;
  const auto first = phase.run("ensemble");
  const auto second = phase.run("ensemble");
  EXPECT_EQ(first.values["metric"], second.values["metric"]);
  EXPECT_EQ(first.values["gain_interval"], second.values["gain_interval"]);
  phase.project.seed = 2;
  EXPECT_NE(phase.run("ensemble").values["metric"], first.values["metric"]);
}

TEST(Ensemble, AMissedGoalFailsTheGateAndAMetOnePasses) {
  PhaseOverFake phase;
  phase.project.goal.target = 1e-6;
  EXPECT_EQ(testing::finding(phase.run("ensemble"), "goal-not-met").severity, Severity::kError);
  phase.project.goal.target = 5;
  EXPECT_EQ(testing::finding(phase.run("ensemble"), "goal-met").severity, Severity::kInfo);
}

TEST(Ensemble, MembersTakeTheBestTrialsSettings) {
  PhaseOverFake phase;
  phase.project.tune.method = "one-at-a-time";
  spec::Dimension dimension;
  for (const char* rate : {"0.01", "0.05"}) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = rate;
    dimension.choices.push_back(node);
  }
  phase.project.tune.space["training.learning_rate"] = dimension;
  phase.project.tune.trials = 3;
  phase.run("tune");
  const auto result = phase.run("ensemble");
  // Trials end at 0.25 (0.01), 0.95 (0.05) and 1.25: only the best is within the margin.
  ASSERT_EQ(result.tables.front().rows.size(), 5u);
  for (int member = 0; member < 3; ++member) {
    EXPECT_EQ(result.tables.front().rows[member][4], "training.learning_rate 0.01");
  }
}

TEST(Ensemble, PassesOverATrialWhoseMetricIsNotANumber) {
  PhaseOverFake phase;
  auto tuned = artefact::Workspace(phase.workspace_folder()).new_run("tune");
  artefact::PhaseResult result;
  result.phase = "tune";
  result.values["trials"] = Json::parse(R"([
    {"number": 2, "state": "complete", "value": null,
     "settings": {"training.learning_rate": "1e-7"}},
    {"number": 1, "state": "complete", "value": 0.5,
     "settings": {"training.learning_rate": "0.02"}},
    {"number": 0, "state": "complete", "value": 1.25, "settings": {}}])");
  tuned.finish(result);
  const auto members = phase.run("ensemble").tables.front();
  ASSERT_EQ(members.rows.size(), 5u);
  for (int member = 0; member < 3; ++member) {
    EXPECT_EQ(members.rows[member][4], "training.learning_rate 0.02");
  }
}

TEST(Diagnose, TellsBiasFromVarianceByTheGoal) {
  PhaseOverFake phase;
  phase.project.goal.target = 0.1;
  const auto biased = phase.run("diagnose");  // error 1 on both parts
  EXPECT_EQ(biased.findings.front().id, "diagnosis-high-bias");
  EXPECT_NEAR(biased.findings.front().evidence["bias"].get<double>(),
              biased.values["train_metric"].get<double>() - 0.1, 1e-12);
  phase.project.goal.target = 50;
  EXPECT_EQ(phase.run("diagnose").findings.front().id, "diagnosis-balanced");
}

TEST(Baseline, MustBeatTheTrivialPredictor) {
  PhaseOverFake phase;
  const auto good = phase.run("baseline");
  EXPECT_EQ(testing::finding(good, "baseline-beats-trivial").severity, Severity::kInfo);
  phase.project.baseline.min_gain = 1000;
  const auto bad = phase.run("baseline");
  EXPECT_EQ(testing::finding(bad, "baseline-beats-trivial").severity, Severity::kError);
  EXPECT_EQ(bad.verdict, artefact::Verdict::kFail);
}

}  // namespace
}  // namespace dlwork
