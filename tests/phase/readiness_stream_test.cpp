#include <gmock/gmock.h>

#include <filesystem>

#include "dlwork/base/error.h"
#include "phase/readiness/readiness.h"
#include "planted.h"
#include "support/layers.h"

/// Readiness by rows drawn from tables, by a low limit.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kRows = 6000;

class ReadinessStreams : public ::testing::Test {
 protected:
  /// About 0.93 are within reach. Of the thousand rows that are drawn 200 are to test, 240 to
  /// validate and 560 to train; of all, six times as many.
  ReadinessStreams() {
    phase_.project.data.validation.amount = spec::Amount{0.3, true};
    phase_.project.goal.target = 0.97;
    phase_.project.readiness.time.seconds = 0.5;
  }
  /// The phase with low limits.
  artefact::PhaseResult run() {
    return phase_.run_as("readiness", [](phase::Context& context) {
      return phase::judge_readiness(context, {0.001, 1000});
    });
  }
  static std::string evidence(const artefact::PhaseResult& result, const char* question) {
    return result.values["questions"][question]["evidence"];
  }
  PhaseOverFiles phase_;
};

TEST_F(ReadinessStreams, SaysSoAndReachesAVerdict) {
  phase_.write("train.csv", file(kRows, 1, "", kNothing));
  const auto result = run();
  const auto sampled = the_finding(result, "readiness-sampled");
  EXPECT_EQ(sampled.severity, Severity::kInfo);
  EXPECT_EQ(sampled.evidence["rows"], kRows);
  EXPECT_EQ(sampled.evidence["sampled"], 1000);
  EXPECT_GT(sampled.evidence["bytes"], 100'000);
  EXPECT_THAT(sampled.message, StartsWith("1,000 of 6,000 rows, drawn with the seed, stand for"));
  EXPECT_EQ(result.values["verdict"]["name"], "worth trying");
  const auto models = the_table(result, "classical-models");
  EXPECT_EQ(models.rows[1][0], "logistic regression");
  EXPECT_EQ(models.rows[1][5], "560");
  EXPECT_THAT(models.note, StartsWith("measured on 240 validation samples"));
  EXPECT_EQ(phase_.train_rows.size(), 560u);
}

TEST_F(ReadinessStreams, GoesByTheNumberOfAllRows) {
  phase_.write("train.csv", file(kRows, 1, "", kNothing));
  phase_.project.goal.incumbent = 0.965;
  phase_.project.model.layers = testing::layers("[{linear: 16}, relu]");
  const auto result = run();
  EXPECT_EQ(the_finding(result, "goal-test-too-small").evidence["test_samples"], 1200);
  EXPECT_THAT(evidence(result, "data_amount"),
              HasSubstr("3,360 samples to train, 1,440 to validate, 1,200 to test"));
  EXPECT_THAT(evidence(result, "representative"), HasSubstr("560 / 240 / 200 of the rows drawn"));
  EXPECT_THAT(evidence(result, "class_balance"), HasSubstr("samples drawn the commonest class"));
  ASSERT_TRUE(findings_of(result, "estimate-missing").empty());
  const auto& estimate = result.values["estimate"];
  const double samples =
      estimate["seconds"]["ensemble"].get<double>() * estimate["samples_per_second"].get<double>();
  const auto& project = phase_.project;
  const auto passes = static_cast<double>(project.training.epochs * project.ensemble.members);
  EXPECT_NEAR(samples / passes, 3360, 1e-3);
  // Without one 1,200 are enough, as the 200 drawn would not be.
  phase_.project.goal.incumbent.reset();
  EXPECT_TRUE(findings_of(run(), "goal-test-too-small").empty());
}

/// 13,440 rows to train are no small table, though 560 are drawn.
TEST_F(ReadinessStreams, TakesNoLargeTableForASmallOne) {
  phase_.write("train.csv", file(4 * kRows, 1, "", kNothing));
  phase_.project.readiness.time.seconds = 60;
  const double best = run().values["best_classical"]["value"];
  phase_.project.goal.target = best - 0.002;
  const auto result = run();
  EXPECT_EQ(the_finding(result, "network-needed").severity, Severity::kWarn);
  EXPECT_EQ(result.values["verdict"]["name"], "worth trying");
}

/// People's labels are read again: of the same rows, or they would agree in half.
TEST_F(ReadinessStreams, ReadsOtherColumnsOfTheRowsDrawn) {
  phase_.write("train.csv", file(kRows, 1, "person", label));
  phase_.project.data.inputs = {"a", "b", "c"};
  phase_.project.audit.annotators = {"person"};
  EXPECT_THAT(evidence(run(), "human_level"), HasSubstr("agree with the label at 1"));
}

TEST_F(ReadinessStreams, SplitsByGroups) {
  phase_.write("train.csv", file(kRows, 1, "visit", [](const Sample& sample) {
                 return "v" + std::to_string(sample.index / 10);
               }));
  phase_.project.data.columns["visit"].type = "group";
  phase_.project.data.split.method = "group";
  phase_.project.goal.incumbent = 0.965;
  const auto result = run();
  EXPECT_THAT(evidence(result, "representative"), HasSubstr("the split is group, seed 1"));
  const auto small = the_finding(result, "goal-test-too-small").evidence;
  EXPECT_NEAR(small["test_samples"].get<double>(), 1200, 60);
  EXPECT_EQ(result.values["verdict"]["name"], "worth trying");
}

TEST_F(ReadinessStreams, RefusesWeightsAsEver) {
  phase_.write("train.csv", file(kRows, 1, "", kNothing));
  phase_.project.data.columns["c"].type = "weight";
  try {
    run();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "data.columns.c");
  }
}

/// A table may take four times its bytes, and drawn rows of four columns a quarter of the memory at
/// 64 bytes a cell.
TEST_F(ReadinessStreams, HasItsLimitsFromTheMemory) {
  const auto bytes =
      std::filesystem::file_size(phase_.write("train.csv", file(4 * kRows, 1, "", kNothing)));
  const auto enough = phase::limits_of_memory(phase_.project, 8 * bytes);
  EXPECT_DOUBLE_EQ(enough.megabytes, 2e-6 * static_cast<double>(bytes));
  EXPECT_EQ(enough.rows, 100'000);
  EXPECT_FALSE(phase::is_streamed(phase_.project, enough));
  const auto less = phase::limits_of_memory(phase_.project, 2'048'000);
  EXPECT_TRUE(phase::is_streamed(phase_.project, less));
  EXPECT_EQ(less.rows, 2000);
  EXPECT_EQ(phase::limits_of_memory(phase_.project, 1000).rows, 1000);
  EXPECT_FALSE(phase::is_streamed(phase_.project, phase::limits_of_memory(phase_.project, 0)));
}

TEST_F(ReadinessStreams, HoldsEveryRowBelowTheLimit) {
  phase_.write("train.csv", file(kRows, 1, "", kNothing));
  const auto result = phase_.run("readiness");
  EXPECT_TRUE(findings_of(result, "readiness-sampled").empty());
  EXPECT_EQ(the_table(result, "classical-models").rows[1][5], "3,360");
  EXPECT_EQ(phase_.train_rows.size(), 3360u);
  EXPECT_THAT(evidence(result, "data_amount"),
              HasSubstr("3,360 samples to train, 1,440 to validate, 1,200 to test"));
  EXPECT_THAT(evidence(result, "representative"), Not(HasSubstr("drawn")));
}

}  // namespace
}  // namespace dlwork::testing
