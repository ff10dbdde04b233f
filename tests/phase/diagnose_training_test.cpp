// Failures to optimise, and capacity, by networks whose losses are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "phase/diagnose/order.h"
#include "phase/diagnose/probe.h"
#include "scripted_study.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using ::testing::ElementsAre;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::repeated;
using testing::Script;
using testing::ScriptedNetwork;
using testing::ScriptedStudy;
using testing::the_figure;
using testing::the_finding;
using testing::the_table;

constexpr char kBatch[] = "diagnose: a batch by heart";

/// Those of 16 units and more have better figures and answer all; others miss one sample in four.
void let_wider_networks_fit_better(Script& script) {
  script.metric = [](const training::FitOptions&, const ScriptedNetwork& network) {
    return network.units >= 16 ? 0.9 : 0.8;
  };
  script.answer = [](const data::Samples& samples, std::int64_t row,
                     const ScriptedNetwork& network) {
    const bool right = network.units >= 16 || row % 4 != 0;
    const bool first = (samples.target.codes[row] == 0) == right;
    return std::vector<float>{first ? 0.9f : 0.1f, first ? 0.1f : 0.9f};
  };
}

/// 40 samples of two classes in training and 40 in validation.
class DiagnoseTraining : public ::testing::Test {
 protected:
  DiagnoseTraining() {
    std::vector<std::int32_t> codes;
    for (int i = 0; i < 40; ++i) codes.push_back(i % 2);
    scripted.classes(codes, codes);
    scripted.project.goal.target = 0.99;
  }

  /// Networks that know half of the training samples, so that the figure misses the goal; short
  /// trainings at other rates gain nothing.
  void miss_the_goal(const std::vector<double>& losses) {
    scripted.script.answer = [](const data::Samples&, std::int64_t, const ScriptedNetwork&) {
      return std::vector<float>{0.9f, 0.1f};
    };
    scripted.script.losses = [this, losses](const training::FitOptions& options,
                                            const ScriptedNetwork& network) -> Script::Losses {
      if (options.label == "diagnose") return losses;
      if (options.label == kBatch) return by_heart(options.training.learning_rate, network.units);
      return std::vector<double>{0.7};
    };
  }

  /// Losses of the overfit-a-batch test by rate and units.
  std::function<Script::Losses(double, std::int64_t)> by_heart = [](double, std::int64_t) {
    return std::vector<double>{1.0, 0.01};
  };
  const artefact::PhaseResult& optimisation() {
    check_optimisation(scripted.study());
    return scripted.study().result;
  }

  ScriptedStudy scripted;
};

TEST_F(DiagnoseTraining, ALossThatDoesNotFallIsAFailureToConverge) {
  miss_the_goal({1.0, 1.02, 1.01, 1.03, 1.02, 1.05});
  const auto finding = the_finding(optimisation(), "diagnosis-not-converging");
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_EQ(finding.evidence["first"], 1.0);
  EXPECT_EQ(finding.evidence["last"], 1.05);
  EXPECT_EQ(finding.evidence["epochs"], 6);
  EXPECT_EQ(finding.evidence["figure"], "loss-curve");
}

TEST_F(DiagnoseTraining, ADeadRectifierInsideAResidualIsNamedByItsPlace) {
  training::LayerReport rectifier{"1.1 relu", "[8]"}, residual{"1 residual", "[8]"};
  rectifier.dead_fraction = 1;
  residual.inner = {rectifier};
  scripted.script.start.push_back(residual);
  scripted.script.end = scripted.script.start;
  const auto& result = optimisation();
  const auto finding = the_finding(result, "diagnosis-dead-at-start");
  EXPECT_EQ(finding.evidence["layer"], "1.1 relu");
  EXPECT_EQ(finding.evidence["share"], 1.0);
  const auto figure = the_figure(result, finding.evidence["figure"].get<std::string>());
  EXPECT_EQ(figure.data["labels"], Json::array({"0 linear", "1 residual", "1.1 relu"}));
  EXPECT_EQ(figure.data["series"][0]["values"], Json::array({0, 0, 1}));
}

TEST_F(DiagnoseTraining, AStandstillNamesTheScheduleThenTheNetwork) {
  const std::vector<double> still{1.0, 0.5, 0.3, 0.201, 0.2, 0.2, 0.2, 0.2};
  miss_the_goal(still);
  auto finding = the_finding(optimisation(), "diagnosis-plateau");
  EXPECT_EQ(finding.evidence["middle"], 0.2);
  EXPECT_EQ(finding.evidence["loss"], 0.2);
  EXPECT_THAT(finding.message, HasSubstr("stands at 0.2 since epoch 5 of 8"));
  EXPECT_EQ(finding.advice, "Set training.schedule: one-cycle.");
  EXPECT_TRUE(findings_of(optimisation(), "diagnosis-oscillating").empty());

  ScriptedStudy other;
  other.classes({0, 1, 0, 1}, {0, 1, 0, 1});
  other.project.goal.target = 0.99;
  other.project.training.schedule = "one-cycle";
  other.script = scripted.script;
  check_optimisation(other.study());
  EXPECT_EQ(the_finding(other.study().result, "diagnosis-plateau").advice,
            "Take a larger network.");
}

TEST_F(DiagnoseTraining, ARisingLossIsNoStandstill) {
  // Converged by the validation part's figure: its best epoch is the third.
  miss_the_goal({1.0, 1.2, 0.9, 1.3, 1.1, 1.05, 1.05});
  const auto& result = optimisation();
  EXPECT_TRUE(findings_of(result, "diagnosis-not-converging").empty());
  EXPECT_TRUE(findings_of(result, "diagnosis-oscillating").empty());
  EXPECT_TRUE(findings_of(result, "diagnosis-plateau").empty());
}

TEST_F(DiagnoseTraining, AStandstillWithoutAGoalMissesNone) {
  miss_the_goal({1.0, 0.5, 0.3, 0.201, 0.2, 0.2, 0.2, 0.2});
  scripted.project.goal.target.reset();
  EXPECT_TRUE(findings_of(optimisation(), "diagnosis-plateau").empty());
  ScriptedStudy other;
  other.classes({0, 1, 0, 1}, {0, 1, 0, 1});
  other.project.goal.incumbent = 0.99;
  other.script = scripted.script;
  check_optimisation(other.study());
  EXPECT_THAT(the_finding(other.study().result, "diagnosis-plateau").message,
              HasSubstr("since epoch 5 of 8 and misses the incumbent"));
}

TEST_F(DiagnoseTraining, AnOscillationIsTheRisesAgainstTheFall) {
  miss_the_goal({1.0, 0.6, 0.9, 0.5, 0.8, 0.45, 0.75, 0.4});
  const auto& result = optimisation();
  const auto finding = the_finding(result, "diagnosis-oscillating");
  EXPECT_NEAR(finding.evidence["rises"].get<double>(), 0.9, 1e-12);
  EXPECT_NEAR(finding.evidence["fall"].get<double>(), 0.6, 1e-12);
  EXPECT_TRUE(findings_of(result, "diagnosis-plateau").empty());
}

TEST_F(DiagnoseTraining, AGoalThatIsMetMakesNeitherAFinding) {
  scripted.script.losses = [](const auto&, const auto&) {
    return std::vector<double>{1.0, 0.6, 0.9, 0.5, 0.8, 0.5, 0.8, 0.5};
  };
  const auto& result = optimisation();
  EXPECT_TRUE(findings_of(result, "diagnosis-oscillating").empty());
  EXPECT_TRUE(findings_of(result, "diagnosis-overfit-batch").empty());
}

TEST_F(DiagnoseTraining, GradientsFarLargerThanTheirWeightsExplode) {
  scripted.script.start = {{"0 linear", "[8]", 16, 0, 1, 0, 0.1, 0, 0, 0.1},
                           {"1 relu", "[8]", 0, 0, 1},
                           {"2 linear", "[2]", 16, 0, 1, 0, 30, 0, 0, 0.1}};
  const auto& result = optimisation();
  const auto finding = the_finding(result, "diagnosis-gradient-exploding");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_THAT(finding.message, HasSubstr("layer 2 linear is 300 times as large as its weights"));
  const auto figure = the_figure(result, "gradients-by-layer");
  EXPECT_EQ(figure.data["labels"], Json({"0 linear", "2 linear"}));
  EXPECT_NEAR(figure.data["series"][0]["values"][0].get<double>(), 1, 1e-12);
  EXPECT_TRUE(findings_of(result, "diagnosis-gradient-vanishing").empty());
}

TEST_F(DiagnoseTraining, LearningABatchByHeartMakesItBias) {
  miss_the_goal({1.0, 0.5, 0.4});
  by_heart = [](double, std::int64_t) { return std::vector<double>{2.0, 0.5, 0.09, 0.05}; };
  const auto& result = optimisation();
  const auto finding = the_finding(result, "diagnosis-overfit-batch");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_THAT(finding.message, HasSubstr("by heart in 3 steps"));
  EXPECT_EQ(finding.evidence["last"], 0.09);
  EXPECT_THAT(finding.advice, HasSubstr("bias"));
  // Its own picture, up to the step at which it was learned.
  const auto figure = the_figure(result, finding.evidence["figure"]);
  ASSERT_EQ(figure.data["series"].size(), 1u);
  EXPECT_EQ(figure.data["series"][0]["y"], Json({2.0, 0.5, 0.09}));
  EXPECT_EQ(figure.data["series"][0]["x"], Json({1, 2, 3}));
}

TEST_F(DiagnoseTraining, LearningABatchAtAnotherRateAloneNamesTheRate) {
  miss_the_goal({1.0, 0.5, 0.4});
  scripted.project.training.learning_rate = 0.5;
  by_heart = [](double rate, std::int64_t) {
    return std::vector<double>{1.0, rate < 0.1 ? 0.01 : 0.9};
  };
  const auto& result = optimisation();
  const auto finding = the_finding(result, "diagnosis-overfit-batch");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.key, "training.learning_rate");
  EXPECT_EQ(finding.evidence["learning_rate"], 0.05);
  EXPECT_EQ(finding.advice, "Set training.learning_rate: 0.05 and run dlwork diagnose again.");
  EXPECT_EQ(the_figure(result, "overfit-batch").data["series"].size(), 2u);
}

TEST_F(DiagnoseTraining, ABatchThatOnlyAWiderNetworkLearnsMakesItTooSmall) {
  miss_the_goal({1.0, 0.5, 0.4});
  by_heart = [](double, std::int64_t units) {
    return std::vector<double>{1.0, units >= 32 ? 0.01 : 0.9};
  };
  const auto& result = optimisation();
  const auto finding = the_finding(result, "diagnosis-overfit-batch");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_EQ(finding.evidence["wider_learned"], true);
  EXPECT_THAT(finding.message, HasSubstr("too small"));
  EXPECT_EQ(the_figure(result, "overfit-batch").data["series"].size(), 6u)
      << "5 rates and the wider";
}

TEST_F(DiagnoseTraining, ABatchThatNothingLearnsIsAFailure) {
  miss_the_goal({1.0, 0.5, 0.4});
  by_heart = [](double rate, std::int64_t) -> Script::Losses {
    if (rate > 0.05) return std::nullopt;  // diverges
    return std::vector<double>{1.0, 0.9};
  };
  const auto finding = the_finding(optimisation(), "diagnosis-overfit-batch");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.evidence["wider_learned"], false);
  EXPECT_EQ(finding.evidence["learned"], false);
  EXPECT_THAT(finding.advice, HasSubstr("dlwork test"));
}

TEST_F(DiagnoseTraining, AWiderNetworkThatCannotBeBuiltIsSaidAndEndsNothing) {
  miss_the_goal({1.0, 0.5, 0.4});
  by_heart = [](double, std::int64_t) { return std::vector<double>{1.0, 0.9}; };
  scripted.script.fits = [](const spec::Model& model) {
    return std::get<spec::Linear>(model.layers.front().options).units == 8;
  };
  const auto finding = the_finding(optimisation(), "diagnosis-overfit-batch");
  EXPECT_THAT(finding.message,
              HasSubstr("one 4 times as wide cannot be built: linear: does not fit"));
  EXPECT_FALSE(finding.evidence.contains("wider_learned"));
}

TEST_F(DiagnoseTraining, OtherRatesAreTriedByHeartAsFarAsTheTimeGoes) {
  miss_the_goal({1.0, 0.5, 0.4});
  // 40 samples, and 40 of validation at a third, in 160 / 3 seconds: one a second.
  scripted.script.epoch_seconds = 160.0 / 3;
  scripted.project.diagnose.time.seconds = 9000;
  std::vector<double> rates;
  by_heart = [&](double rate, std::int64_t) {
    rates.push_back(rate);
    return std::vector<double>{1.0, 0.9};
  };
  const auto finding = the_finding(optimisation(), "diagnosis-overfit-batch");
  EXPECT_THAT(rates, ElementsAre(scripted.project.training.learning_rate));
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_EQ(finding.message,
            "the network does not learn 32 samples by heart at training.learning_rate; "
            "diagnose.time ended before others were tried");
  EXPECT_EQ(finding.key, "diagnose.time");
  const auto& left_out = scripted.study().left_out;
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_EQ(left_out[0].part, "a batch by heart, at other learning rates");
  EXPECT_NEAR(*left_out[0].seconds, 2000 * 32, 1e-6);
}

TEST_F(DiagnoseTraining, AWiderNetworkIsTriedByHeartAsFarAsTheTimeGoes) {
  miss_the_goal({1.0, 0.5, 0.4});
  scripted.script.epoch_seconds = 160.0 / 3;
  scripted.project.diagnose.time.seconds = 100000;
  by_heart = [](double, std::int64_t) { return std::vector<double>{1.0, 0.9}; };
  const auto finding = the_finding(optimisation(), "diagnosis-overfit-batch");
  EXPECT_THAT(finding.message, HasSubstr("at any of 5 learning rates; diagnose.time ended before "
                                         "one 4 times as wide"));
  EXPECT_FALSE(finding.evidence.contains("wider_learned"));
  const auto& left_out = scripted.study().left_out;
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_NEAR(*left_out[0].seconds, 16 * 2000 * 32, 1e-6);
  EXPECT_GT(scripted.study().time->spent(), 0) << "short trainings count";
}

TEST(DiagnoseByHeart, ARealNetworkLearnsPastSmoothingAndDropout) {
  ScriptedStudy scripted;
  scripted.real_networks = true;
  scripted.classes(repeated({{0, 20}, {1, 20}}), repeated({{0, 4}, {1, 4}}));
  scripted.project.model.layers = testing::layers("[{linear: 16}, relu, {dropout: 0.5}]");
  scripted.project.training.label_smoothing = 0.4;
  scripted.project.training.epochs = 2;
  auto& study = scripted.study();
  const ByHeart outcome = learn_by_heart(study, study.project().model, 0.05);
  EXPECT_TRUE(outcome.learned);
  EXPECT_LT(outcome.last(), 0.05 * outcome.first());
  // Labels of 0.8 and 0.2 cost at least their entropy, 0.5.
  EXPECT_LT(outcome.last(), 0.2);
}

TEST_F(DiagnoseTraining, ANetworkWithoutAWidthHasNoWiderOne) {
  miss_the_goal({1.0, 0.5, 0.4});
  scripted.project.model.layers = testing::layers("[flatten]");
  by_heart = [](double, std::int64_t) { return std::vector<double>{1.0, 0.9}; };
  const auto finding = the_finding(optimisation(), "diagnosis-overfit-batch");
  EXPECT_THAT(finding.message, HasSubstr("no layer has a width"));
}

TEST_F(DiagnoseTraining, DivergenceInTheFirstEpochShowsTheRatesOrNoPicture) {
  scripted.script.losses = [](const training::FitOptions& options,
                              const ScriptedNetwork&) -> Script::Losses {
    if (options.label == "diagnose") return std::nullopt;
    return std::vector<double>{0.7};
  };
  const auto finding = the_finding(optimisation(), "diagnosis-diverged");
  the_figure(scripted.study().result, finding.evidence["figure"]);
  ScriptedStudy other;
  other.classes({0, 1}, {0, 1});
  other.script = scripted.script;
  other.project.diagnose.probe_steps = 0;
  check_optimisation(other.study());
  EXPECT_FALSE(the_finding(other.study().result, "diagnosis-diverged").evidence.contains("figure"));
}

TEST_F(DiagnoseTraining, AnIncumbentThatIsBetterThanTheGoalIsWhatCanBeReached) {
  auto& goal = scripted.project.goal;
  goal.target = 0.9;
  goal.incumbent = 0.95;
  auto best = attainable(scripted.study().context);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->value, 0.95);
  EXPECT_EQ(best->from, "incumbent");
  goal.incumbent = 0.85;
  best = attainable(scripted.study().context);
  EXPECT_EQ(best->value, 0.9);
  EXPECT_EQ(best->from, "goal");
  // Of an error less is better.
  goal.metric = "log-loss";
  goal.target = 0.3;
  goal.incumbent = 0.2;
  EXPECT_EQ(attainable(scripted.study().context)->from, "incumbent");
  goal.target.reset();
  goal.incumbent.reset();
  EXPECT_FALSE(attainable(scripted.study().context));
}

TEST_F(DiagnoseTraining, BiasIsMeasuredAgainstTheIncumbent) {
  auto& goal = scripted.project.goal;
  goal.target = 0.5;
  goal.incumbent = 1.0;
  scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                              const ScriptedNetwork&) {
    const bool right = row % 4 != 0;  // a quarter wrong
    const bool first = (samples.target.codes[row] == 0) == right;
    return std::vector<float>{first ? 0.9f : 0.1f, first ? 0.1f : 0.9f};
  };
  check_bias_variance(scripted.study());
  const auto finding = the_finding(scripted.study().result, "diagnosis-high-bias");
  EXPECT_EQ(finding.evidence["attainable_from"], "incumbent");
  EXPECT_NEAR(finding.evidence["bias"].get<double>(), 0.25, 1e-12);
  EXPECT_EQ(the_figure(scripted.study().result, "error-ladder").data["labels"][0],
            "best attainable (incumbent)");
}

TEST_F(DiagnoseTraining, WhereTheOptimisationFailsBiasAndSizeAreInformation) {
  let_wider_networks_fit_better(scripted.script);
  auto& study = scripted.study();
  study.misses_training = true;
  study.add("diagnosis-learning-rate-low", Severity::kWarn, "", {});
  check_bias_variance(study);
  draw_capacity(study);
  for (const char* id : {"diagnosis-high-bias", "diagnosis-too-small"}) {
    const auto finding = the_finding(study.result, id);
    EXPECT_EQ(finding.severity, Severity::kInfo) << id;
    EXPECT_THAT(finding.message,
                HasSubstr("; the optimisation fails (diagnosis-learning-rate-low)"));
    EXPECT_EQ(finding.advice,
              "Mend what diagnosis-learning-rate-low names before the network's size is judged.");
  }
  put_in_order(study.result.findings);
  EXPECT_EQ(study.result.findings.front().id, "diagnosis-learning-rate-low");
  EXPECT_EQ(next_step(study.result.findings).command, "dlwork diagnose");
}

/// Widths: 8 units as it is, 16, 4 and 32.
TEST_F(DiagnoseTraining, ANarrowerNetworkThatIsBetterMakesItTooLarge) {
  scripted.script.metric = [](const training::FitOptions&, const ScriptedNetwork& network) {
    return network.units == 4 ? 0.9 : 0.8;
  };
  auto& study = scripted.study();
  study.add("diagnosis-high-variance", Severity::kWarn, "", {});
  draw_capacity(study);
  const auto finding = the_finding(study.result, "diagnosis-too-large");
  EXPECT_EQ(finding.evidence["factor"], 0.5);
  EXPECT_EQ(finding.evidence["parameters"], 8);
  EXPECT_EQ(finding.evidence["other_parameters"], 4);
  EXPECT_NEAR(finding.evidence["validation_fall"].get<double>(), 0.1, 1e-12);
  EXPECT_EQ(the_figure(study.result, "capacity").data["series"][0]["x"], Json({4, 8, 16, 32}));
}

TEST_F(DiagnoseTraining, AWiderNetworkThatFitsBetterMakesItTooSmall) {
  let_wider_networks_fit_better(scripted.script);
  auto& study = scripted.study();
  study.misses_training = true;
  draw_capacity(study);
  const auto finding = the_finding(study.result, "diagnosis-too-small");
  EXPECT_EQ(finding.evidence["factor"], 2.0);
  EXPECT_NEAR(finding.evidence["training_fall"].get<double>(), 0.25, 1e-12);
}

TEST_F(DiagnoseTraining, AWidthThatCannotBeBuiltIsSaidAndTheOthersAreMeasured) {
  scripted.script.fits = [](const spec::Model& model) {
    return std::get<spec::Linear>(model.layers.front().options).units != 16;
  };
  draw_capacity(scripted.study());
  const auto table = the_table(scripted.study().result, "capacity");
  std::vector<std::string> networks, notes;
  for (const auto& row : table.rows) {
    networks.push_back(row.front());
    notes.push_back(row.back());
  }
  EXPECT_THAT(networks,
              ElementsAre("as it is", "2 times as wide", "0.5 times as wide", "4 times as wide"));
  EXPECT_THAT(
      notes, ElementsAre("", "cannot be built: linear: does not fit the layers before it", "", ""));
  EXPECT_EQ(the_figure(scripted.study().result, "capacity").data["series"][0]["x"],
            Json({4, 8, 32}));
}

TEST_F(DiagnoseTraining, AWidthThatIsTheSameNetworkIsNotTrainedAgain) {
  scripted.project.model.layers = testing::layers("[{linear: 1}, relu]");
  auto& study = scripted.study();
  const int before = scripted.script.trained;
  draw_capacity(study);
  EXPECT_EQ(scripted.script.trained - before, 3 * 3) << "1, 2 and 4 units over three seeds";
  EXPECT_EQ(the_table(study.result, "capacity").rows[2].back(), "the same network");
}

TEST_F(DiagnoseTraining, APartThatThrowsFailsTheGate) {
  scripted.script.seen = [](std::int64_t) -> std::vector<float> {
    throw std::runtime_error("the embedding is gone\nat a place");
  };
  scripted.project.diagnose.clusters = 2;
  const auto result = scripted.run();
  const auto parts = findings_of(result, "diagnosis-not-run");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].evidence["part"], "clusters");
  EXPECT_EQ(parts[0].message, "clusters: could not run: the embedding is gone");
  EXPECT_EQ(parts[1].evidence["part"], "map of the samples");
  EXPECT_FALSE(parts[0].checked);
  EXPECT_EQ(result.verdict, artefact::Verdict::kFail);
}

}  // namespace
}  // namespace dlwork::phase::diagnose
