#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "phase/readiness/reachable.h"
#include "phase_files.h"

/// What the targets allow: formulas by hand, then the finding.
namespace dlwork {
namespace {

using artefact::Severity;
using phase::ClassGroups;
using phase::NumberGroups;
using phase::reachable;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

/// 8 samples of a class and 5 of the other; two groups hold 3 and 2, and 1 and 1 of them.
TEST(Reachable, BestFiguresOfClassesAreThoseByHand) {
  const ClassGroups groups{{4, 2}, {{{0, 3}, {1, 2}}, {{0, 1}, {1, 1}}}};
  EXPECT_DOUBLE_EQ(*reachable("accuracy", groups), 10.0 / 13);
  EXPECT_DOUBLE_EQ(*reachable("micro-f1", groups), 10.0 / 13);
  EXPECT_DOUBLE_EQ(*reachable("top-3-accuracy", groups), 1);
  // 4/8 + 2/5, then the rarer class twice: 2/5 above 3/8, 1/5 above 1/8.
  EXPECT_NEAR(*reachable("balanced-accuracy", groups), (0.9 + 0.4 + 0.2) / 2, 1e-12);
  // Each class is best where both groups are said to be its own: 16 of 8 + 11, 10 of 5 + 9.
  EXPECT_NEAR(*reachable("macro-f1", groups), (16.0 / 19 + 5.0 / 7) / 2, 1e-12);
  EXPECT_NEAR(*reachable("weighted-f1", groups), (8 * 16.0 / 19 + 5 * 5.0 / 7) / 13, 1e-12);
  EXPECT_NEAR(*reachable("log-loss", groups), 0.365489, 1e-6);
  EXPECT_NEAR(*reachable("brier", groups), (5 * 0.24 + 2 * 0.25) / 13, 1e-12);
  // Two pure samples of the second class, 1 of 2, 2 of 5, then four pure ones of the other.
  EXPECT_NEAR(*reachable("auroc", groups), (2.5 + 3 * 4 + 4 * 5) / (5 * 8), 1e-12);
  const double by_halves = 0.5 * (2.5 / 3 + 3.0 / 4);
  const double by_fifths = 0.4 * (3.4 / 5 + 3.8 / 6 + 4.2 / 7 + 4.6 / 8 + 5.0 / 9);
  EXPECT_NEAR(*reachable("average-precision", groups), (2 + by_halves + by_fifths) / 5, 1e-12);
  EXPECT_GT(*reachable("average-precision", groups), (2 + 3.0 / 4 + 2 * 5.0 / 9) / 5)
      << "the best ranking of whole groups";
  EXPECT_NEAR(*reachable("mcc", groups), (2 * 13 - 5 * 2) / std::sqrt(5.0 * 8 * 2 * 11), 1e-12)
      << "better than 3 right of 4 said and 5 of 9";
  // The group of one and one is said to be of the rarer class: chance is 8 * 9 + 5 * 4.
  EXPECT_NEAR(*reachable("kappa", groups), (10.0 * 13 - 92) / (169 - 92), 1e-12);
  EXPECT_EQ(reachable("calibration-error", groups), 0.0);
}

/// Three classes of 6, 5 and 3 samples.
TEST(Reachable, BestFiguresOfThreeClassesAreThoseByHand) {
  const ClassGroups groups{{2, 1, 0},
                           {{{0, 3}, {1, 1}}, {{0, 1}, {1, 2}, {2, 2}}, {{1, 1}, {2, 1}}}};
  EXPECT_NEAR(*reachable("auroc", groups), (43.5 / 48 + 34.0 / 45 + 27.5 / 33) / 3, 1e-12);
  // The best by whole groups are 0.840909, 0.616667 and 0.452381.
  EXPECT_NEAR(*reachable("average-precision", groups), (0.8732261 + 0.6468115 + 0.4624762) / 3,
              1e-6);
  // Both groups that could be either are said to be of the rarest class: 6, 1 and 7 answers. With
  // 6, 6 and 2 as many are right, but 54 / 124 is less.
  EXPECT_NEAR(*reachable("kappa", groups), (9.0 * 14 - 62) / (196 - 62), 1e-12);
  EXPECT_FALSE(reachable("mcc", groups).has_value());
}

TEST(Reachable, OneClassAloneHasNothingToRankOrToAgreeOn) {
  const ClassGroups groups{{0, 7}, {}};
  for (const char* metric : {"auroc", "average-precision", "mcc", "kappa"}) {
    EXPECT_EQ(reachable(metric, groups), 1.0) << metric;
  }
}

/// A class that is nearly lost in a group is better not said there: 10 of 6 + 5, not 12 of 6 + 105.
TEST(Reachable, F1LeavesOutGroupsThatCostMoreThanTheyGive) {
  const ClassGroups groups{{0, 5, 0}, {{{0, 99}, {1, 1}}}};
  const double common = 2 * 99.0 / (99 + 100), rare = 2 * 5.0 / (6 + 5);
  EXPECT_NEAR(*reachable("macro-f1", groups), (common + rare) / 2, 1e-12)
      << "the class without samples does not count";
  EXPECT_NEAR(*reachable("balanced-accuracy", groups), (5.0 / 6 + 1) / 2, 1e-12);
  EXPECT_NEAR(*reachable("brier", groups), 2 * 100 * 0.99 * 0.01 / 105, 1e-12);
}

/// Eight targets, squares about their mean 4.5 being 54.
TEST(Reachable, BestFiguresOfNumbersAreThoseByHand) {
  const NumberGroups groups{{1, 3, 5, 5, 2, 4, 6, 10}, {{1, 3}, {5, 5}, {2, 6, 4}}};
  EXPECT_NEAR(*reachable("rmse", groups), std::sqrt(10.0 / 8), 1e-12);
  EXPECT_NEAR(*reachable("mae", groups), 6.0 / 8, 1e-12);
  EXPECT_NEAR(*reachable("r2", groups), 1 - 10.0 / 54, 1e-12);
  // By 1, 5 and 2: the smallest weighs most.
  EXPECT_NEAR(*reachable("mape", groups), (2.0 / 3 + 4.0 / 6 + 2.0 / 4) / 8, 1e-12);
  EXPECT_NEAR(*reachable("pinball-10", groups), 0.1 * (2 + 4 + 2) / 8, 1e-12);
  EXPECT_NEAR(*reachable("pinball-50", groups), 3.0 / 8, 1e-12);
  EXPECT_NEAR(*reachable("pinball-90", groups), 0.1 * (2 + 4 + 2) / 8, 1e-12) << "by 3, 5 and 6";
  EXPECT_FALSE(reachable("median-absolute-error", groups).has_value());
  const phase::Noise noise = phase::noise_of(groups);
  EXPECT_EQ(noise.freedom, 4);
  EXPECT_NEAR(noise.deviation, std::sqrt(10.0 / 4), 1e-12);
  // Mean differences 2, 0 and 8/3, with 1, 1 and 2 degrees of freedom.
  EXPECT_NEAR(noise.difference, (2 + 0 + 2 * 8.0 / 3) / 4, 1e-12);
  EXPECT_NEAR(*left_by(noise, "rmse", groups), std::sqrt(2.5), 1e-12);
  EXPECT_NEAR(*left_by(noise, "mae", groups), 11.0 / 12, 1e-12);
  EXPECT_NEAR(*left_by(noise, "r2", groups), 1 - 2.5 * 8 / 54, 1e-12);
  // Of the larger 2/3, 0 and (1/2 + 2/3 + 1/3) / 3.
  EXPECT_NEAR(noise.relative, (2.0 / 3 + 0 + 2 * 0.5) / 4, 1e-12);
  EXPECT_NEAR(*left_by(noise, "mape", groups), 5.0 / 24, 1e-12);
  EXPECT_NEAR(*left_by(noise, "pinball-10", groups), 0.1 * 11 / 12, 1e-12);
  EXPECT_NEAR(*left_by(noise, "pinball-50", groups), 0.5 * 11 / 12, 1e-12);
  EXPECT_NEAR(*left_by(noise, "pinball-90", groups), 0.1 * 11 / 12, 1e-12);
  EXPECT_FALSE(left_by(noise, "median-absolute-error", groups).has_value());
  EXPECT_EQ(phase::noise_of({{1, 2}, {}}).freedom, 0);
}

/// To answer anything but 0 where the target is 0 costs all, so that the others are missed whole.
TEST(Reachable, SharesOfTargetsOfEitherSignAndOfZero) {
  const NumberGroups groups{{-1, 2, 0}, {{-1, 2, 0}}};
  EXPECT_NEAR(*reachable("mape", groups), 2.0 / 3, 1e-12);
  EXPECT_NEAR(phase::noise_of(groups).relative, (3.0 / 2 + 1 + 1) / 3, 1e-12);
}

/// A colour alone: red is yes in 8 of 10 rows, blue in 2 of 10.
std::string colours() {
  std::ostringstream text;
  text << "colour,y\n";
  for (int i = 0; i < 500; ++i) {
    const bool red = i % 2 == 0, usual = i / 2 % 10 < 8;
    text << (red ? "red," : "blue,") << (red == usual ? "yes" : "no") << "\n";
  }
  return text.str();
}

TEST(ReadinessCeiling, IsThatOfTheGoalsOwnMetric) {
  PhaseOverFiles phase;
  phase.write("train.csv", colours());
  phase.project.readiness.time.seconds = 0.5;
  struct Case {
    const char* metric;
    double target, ceiling;
    const char* text;
  };
  const Case cases[] = {
      {"balanced-accuracy", 0.9, 0.8, "the target 0.9 lies above"},
      {"macro-f1", 0.9, 0.8, "the most any model can reach"},
      {"auroc", 0.9, 0.8, "the most any model can reach"},         // 0.8 * 0.8 + 0.8 * 0.2
      {"log-loss", 0.3, 0.5004, "the least any model can reach"},  // -0.8 ln 0.8 - 0.2 ln 0.2
  };
  for (const Case& each : cases) {
    phase.project.goal.metric = each.metric;
    phase.project.goal.target = each.target;
    const auto result = phase.run("readiness");
    const auto finding = the_finding(result, "goal-above-ceiling");
    EXPECT_EQ(finding.severity, Severity::kError) << each.metric;
    EXPECT_NEAR(finding.evidence["ceiling"].get<double>(), each.ceiling, 0.05) << each.metric;
    EXPECT_THAT(finding.message, HasSubstr(each.text));
    EXPECT_TRUE(findings_of(result, "goal-ceiling-unknown").empty());
  }
  phase.project.goal.metric = "calibration-error";
  phase.project.goal.target = 0.01;
  const auto result = phase.run("readiness");
  EXPECT_TRUE(findings_of(result, "goal-above-ceiling").empty());
  const auto unknown = the_finding(result, "goal-ceiling-unknown");
  EXPECT_EQ(unknown.severity, Severity::kInfo);
  EXPECT_THAT(unknown.message, HasSubstr("no labels set a ceiling for calibration-error"));
}

/// 120 rows of inputs of their own, and `pairs` measured twice, 2 apart.
std::string measured(int pairs) {
  std::ostringstream text;
  text << "x,y\n";
  for (int i = 0; i < 120; ++i) text << i << "," << 0.5 * i << "\n";
  for (int i = 0; i < pairs; ++i) {
    for (const int side : {-1, 1}) text << 200 + i << "," << 0.5 * (200 + i) + side << "\n";
  }
  return text.str();
}

/// Pairs that the split parts are no repeats: of 60 about 31 stay.
TEST(ReadinessCeiling, OfNumbersIsTheNoiseAmongRepeats) {
  PhaseOverFiles phase;
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
  phase.project.readiness.time.seconds = 0.5;
  phase.write("train.csv", measured(60));
  phase.project.goal.target = 1;  // at most sqrt(2 * 60 / 172) = 0.84 is certain
  const auto result = phase.run("readiness");
  const auto finding = the_finding(result, "goal-above-ceiling");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.evidence["by"], "noise");
  EXPECT_NEAR(finding.evidence["ceiling"].get<double>(), std::sqrt(2.0), 1e-9);
  EXPECT_THAT(finding.message, HasSubstr("the target 1 lies below 1.414, what is left if"));
  EXPECT_THAT(result.values["questions"]["confidence"]["evidence"].get<std::string>(),
              HasSubstr("targets of equal inputs differ by a standard deviation of 1.41"));
  EXPECT_TRUE(findings_of(result, "goal-ceiling-unknown").empty());
  phase.project.goal.target = 0.01;
  const auto both = findings_of(phase.run("readiness"), "goal-above-ceiling");
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both.front().severity, Severity::kError);
  EXPECT_EQ(both.front().evidence["by"], "equal inputs");
  phase.project.goal.target = 2;
  EXPECT_TRUE(findings_of(phase.run("readiness"), "goal-above-ceiling").empty());
}

TEST(ReadinessCeiling, OfNumbersThatNothingRepeatsIsNotKnown) {
  PhaseOverFiles phase;
  phase.project.task = "regression";
  phase.project.goal.metric = "r2";
  phase.project.goal.target = 0.999;
  phase.project.readiness.time.seconds = 0.5;
  phase.write("train.csv", measured(0));
  const auto unknown = the_finding(phase.run("readiness"), "goal-ceiling-unknown");
  EXPECT_THAT(unknown.message, HasSubstr("no ceiling is known for r2"));
  EXPECT_THAT(unknown.message, HasSubstr("has 0 and 10 are needed"));
  phase.project.goal.metric = "median-absolute-error";
  phase.project.goal.target = 0.01;
  EXPECT_THAT(the_finding(phase.run("readiness"), "goal-ceiling-unknown").message,
              HasSubstr("no ceiling is known for median-absolute-error: there is no formula"));
}

}  // namespace
}  // namespace dlwork
