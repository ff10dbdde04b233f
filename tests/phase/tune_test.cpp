#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "phase/tune/journal.h"
#include "phase/tune/space.h"
#include "support/fake_phase.h"

namespace dlwork {
namespace {

using artefact::Severity;
using testing::PhaseOverFake;
using testing::TemporaryFolder;

Node scalar(const std::string& text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = text;
  return node;
}

spec::Dimension choices(const std::vector<std::string>& texts) {
  spec::Dimension dimension;
  for (const auto& text : texts) dimension.choices.push_back(scalar(text));
  return dimension;
}

spec::Dimension range(double low, double high, bool log, bool integer) {
  spec::Dimension dimension;
  dimension.low = low;
  dimension.high = high;
  dimension.log = log;
  dimension.integer = integer;
  return dimension;
}

TEST(TrialPlan, StartsWithTheProjectAsItIs) {
  spec::Project project;
  project.tune.space["training.learning_rate"] = range(1e-4, 1e-1, true, false);
  const auto trials = phase::plan_trials(project, 5);
  ASSERT_EQ(trials.size(), 5u);
  EXPECT_TRUE(trials[0].empty());
  EXPECT_EQ(phase::settings_text(trials[0]), "as the project says");
}

TEST(TrialPlan, DrawsDoNotDependOnHowManyAreAsked) {
  spec::Project project;
  project.tune.space["training.learning_rate"] = range(1e-4, 1e-1, true, false);
  project.tune.space["training.batch_size"] = choices({"32", "64", "128"});
  const auto few = phase::plan_trials(project, 4);
  const auto many = phase::plan_trials(project, 40);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i], many[i]);
  project.seed = 2;
  EXPECT_NE(phase::plan_trials(project, 4)[1], few[1]);
}

TEST(TrialPlan, LogRangesAreUniformInTheLogarithm) {
  spec::Project project;
  project.tune.space["training.learning_rate"] = range(1e-4, 1e0, true, false);
  int below = 0;
  const auto trials = phase::plan_trials(project, 2001);
  for (std::size_t i = 1; i < trials.size(); ++i) {
    const double value = std::stod(trials[i].at("training.learning_rate"));
    ASSERT_GE(value, 1e-4);
    ASSERT_LE(value, 1.0);
    below += value < 1e-2 ? 1 : 0;
  }
  EXPECT_NEAR(below / 2000.0, 0.5, 0.034);  // three standard errors
}

TEST(TrialPlan, OneAtATimeChangesOneKey) {
  spec::Project project;
  project.tune.method = "one-at-a-time";
  project.tune.space["training.batch_size"] = choices({"32", "128"});
  project.tune.space["training.learning_rate"] = range(1e-4, 1e-2, true, false);
  const auto trials = phase::plan_trials(project, 100);
  const std::vector<phase::Settings> expected{{},
                                              {{"training.batch_size", "32"}},
                                              {{"training.batch_size", "128"}},
                                              {{"training.learning_rate", "1e-04"}},
                                              {{"training.learning_rate", "0.001"}},
                                              {{"training.learning_rate", "0.01"}}};
  EXPECT_EQ(trials, expected);
}

TEST(TrialPlan, EmptySpaceIsAnErrorThatNamesTheKey) {
  try {
    phase::plan_trials(spec::Project{}, 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "tune.space");
  }
}

phase::Trial trial(std::int64_t number, double value) {
  return {number, {{"training.learning_rate", "0.1"}}, "complete", value, {value}, 1.5, "m", ""};
}

TEST(Journal, KeepsTrialsByStudyAndSurvivesATornLine) {
  TemporaryFolder folder;
  const auto file = folder.path() / "study.journal";
  {
    phase::Journal journal(file, "one");
    journal.add(trial(0, 0.5));
    phase::Journal other(file, "two");
    other.add(trial(0, 0.9));
  }
  std::ofstream(file, std::ios::app) << R"({"study": "one", "event": "tri)";
  phase::Journal journal(file, "one");
  ASSERT_EQ(journal.trials().size(), 1u);
  EXPECT_EQ(journal.trials().at(0).value, 0.5);
  EXPECT_EQ(journal.trials().at(0).settings.at("training.learning_rate"), "0.1");
  journal.add(trial(1, 0.7));
  ASSERT_EQ(phase::Journal(file, "one").trials().size(), 2u);
  EXPECT_EQ(phase::Journal(file, "one").trials().at(1).value, 0.7);
}

TEST(Journal, ReadsAMetricThatIsNotANumber) {
  TemporaryFolder folder;
  const auto file = folder.path() / "study.journal";
  phase::Trial written = trial(0, std::nan(""));
  written.by_epoch = {std::nan(""), 0.25};
  phase::Journal(file, "one").add(written);
  const phase::Journal journal(file, "one");
  const phase::Trial& read = journal.trials().at(0);
  EXPECT_TRUE(std::isnan(read.value));
  ASSERT_EQ(read.by_epoch.size(), 2u);
  EXPECT_TRUE(std::isnan(read.by_epoch[0]));
  EXPECT_EQ(read.by_epoch[1], 0.25);
}

TEST(Journal, NamesTheLineThatIsNotItsOwn) {
  TemporaryFolder folder;
  const auto file = folder.path() / "study.journal";
  phase::Journal(file, "one").add(trial(0, 0.5));
  std::ofstream(file, std::ios::app) << "lost\n";
  try {
    phase::Journal journal(file, "one");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_EQ(error.diagnostics().front().at.line, 2);
  }
}

TEST(Tune, FindsTheBestSettingAndSaysTheGoalIsMet) {
  PhaseOverFake phase;
  phase.project.goal.target = 0.3;
  phase.project.tune.trials = 4;
  phase.project.tune.method = "one-at-a-time";
  phase.project.tune.space["training.learning_rate"] = choices({"0.05", "0.01", "0.02"});
  const auto result = phase.run("tune");
  // Trial 0 (0.1) ends at 1.25, 0.05 at 0.949, 0.01 at 0.25: the goal, so 0.02 is not tried.
  EXPECT_EQ(result.values["stopped"], "goal");
  EXPECT_EQ(result.values["trials"].size(), 3u);
  EXPECT_EQ(result.values["trials"][0]["settings"]["training.learning_rate"], "0.01");
  EXPECT_NEAR(result.values["trials"][0]["value"].get<double>(), 0.25, 1e-12);
  EXPECT_EQ(testing::finding(result, "tune-goal-met").severity, Severity::kInfo);
  EXPECT_EQ(phase.counts.fits, 3);
}

TEST(Tune, SaysTheBudgetIsSpentWhereTheGoalIsOutOfReach) {
  PhaseOverFake phase;
  phase.project.goal.target = 0.01;
  phase.project.tune.trials = 3;
  phase.project.tune.space["training.learning_rate"] = choices({"0.05", "0.02"});
  const auto result = phase.run("tune");
  EXPECT_EQ(result.values["stopped"], "trial budget");
  EXPECT_EQ(testing::finding(result, "tune-goal-not-met").severity, Severity::kWarn);
  EXPECT_EQ(phase.counts.fits, 3);
}

TEST(Tune, GoesOnWithTheJournalAndStartsAnewOnForce) {
  PhaseOverFake phase;
  phase.project.tune.trials = 3;
  phase.project.tune.space["training.learning_rate"] = range(1e-3, 1e-1, true, false);
  const auto first = phase.run("tune");
  EXPECT_EQ(phase.counts.fits, 3);
  const auto again = phase.run("tune");
  EXPECT_EQ(phase.counts.fits, 3) << "every trial was in the journal";
  EXPECT_EQ(first.values, again.values);
  phase.project.tune.trials = 5;  // a raised budget continues the same study
  phase.run("tune");
  EXPECT_EQ(phase.counts.fits, 5);
  phase.force = true;
  phase.run("tune");
  EXPECT_EQ(phase.counts.fits, 10);
}

TEST(Tune, StopsTrialsWorseThanTheMedian) {
  PhaseOverFake phase;
  phase.project.tune.method = "one-at-a-time";
  phase.project.tune.trials = 5;
  phase.project.tune.space["training.learning_rate"] = choices({"0.05", "0.02", "1.0", "0.03"});
  const auto result = phase.run("tune");
  // 1.0 has error 2, worse than the median of 1, 0.7 and 0.3 after its first epoch.
  for (const auto& row : result.tables.front().rows) {
    if (row[5] == "training.learning_rate 1.0") {
      EXPECT_EQ(row[4], "pruned");
      EXPECT_EQ(row[2], "1");
    } else {
      EXPECT_EQ(row[4], "complete") << row[5];
    }
  }
}

TEST(Tune, ADivergingTrialIsRecordedAndTheSearchGoesOn) {
  PhaseOverFake phase;
  phase.project.tune.method = "one-at-a-time";
  phase.project.tune.trials = 3;
  phase.project.tune.space["training.learning_rate"] = choices({"10", "0.02"});
  const auto result = phase.run("tune");
  ASSERT_EQ(result.values["trials"].size(), 2u);
  EXPECT_EQ(result.values["trials"][0]["settings"]["training.learning_rate"], "0.02");
  EXPECT_EQ(result.tables.front().rows.back()[4], "failed");
}

TEST(Tune, AMetricThatIsNotANumberComesLast) {
  PhaseOverFake phase;
  phase.project.tune.method = "one-at-a-time";
  phase.project.tune.trials = 3;
  phase.project.tune.space["training.learning_rate"] = choices({"1e-7", "0.02"});
  const auto result = phase.run("tune");
  const Json& trials = result.values["trials"];
  ASSERT_EQ(trials.size(), 3u);
  EXPECT_EQ(trials[0]["settings"]["training.learning_rate"], "0.02");
  EXPECT_NEAR(trials[1]["value"].get<double>(), 1.25, 1e-12);
  EXPECT_EQ(trials[2]["settings"]["training.learning_rate"], "1e-7");
  EXPECT_TRUE(std::isnan(trials[2]["value"].get<double>()));
  EXPECT_EQ(phase.run("tune").values.dump(), result.values.dump());
  EXPECT_EQ(phase.counts.fits, 3) << "every trial was in the journal";
}

TEST(Tune, ChoosesNoTrialWhereNoneHasAFigure) {
  PhaseOverFake phase;
  phase.project.training.learning_rate = 1e-7;
  phase.project.tune.method = "one-at-a-time";
  phase.project.tune.trials = 2;
  phase.project.tune.space["training.learning_rate"] = choices({"1e-7"});
  try {
    phase.run("tune");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("no trial has a validation rmse that is a number"));
  }
}

TEST(Tune, AFullDiskEndsTheSearch) {
  PhaseOverFake phase;
  phase.project.tune.method = "one-at-a-time";
  phase.project.tune.trials = 3;
  phase.project.tune.space["training.learning_rate"] = choices({"90", "0.02"});
  try {
    phase.run("tune");
    FAIL() << "goes on";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_STREQ(error.what(), "error: No space left on device");
  }
}

}  // namespace
}  // namespace dlwork
