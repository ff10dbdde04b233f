#include <gmock/gmock.h>

#include <cmath>

#include "planted.h"

/// What is wrong with targets.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;

std::string value(const Sample& s) { return number_text(2 * s.a + s.b + 0.05 * s.c); }

TEST(AuditLabels, NoneOfTheseOnCleanSamples) {
  const auto numbers = audit_numbers(value, 600);
  for (const char* id : {"label-noise-regression", "label-drift-order", "target-distribution",
                         "target-outlier", "target-censored", "drift-target-split"}) {
    EXPECT_FALSE(has(numbers, id)) << id;
  }
  const auto classes = audit_with("", kNothing);
  for (const char* id : {"label-drift-order", "target-bayes-bound", "prior-shift-split"}) {
    EXPECT_FALSE(has(classes, id)) << id;
  }
}

TEST(AuditLabels, NumbersThatTheInputsContradict) {
  const auto result = audit_numbers(
      [](const Sample& s) { return s.index == 60 ? number_text(2 * s.a + s.b + 10) : value(s); });
  const auto found = the_finding(result, "label-noise-regression");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_EQ(found.evidence["rows"][0], "train.csv:62");
  EXPECT_GT(found.evidence["farthest"], 6);
  EXPECT_FALSE(has(result, "target-outlier"));  // ten is not far out among all targets
}

TEST(AuditLabels, NumbersFarFromAllOthers) {
  const auto result =
      audit_numbers([](const Sample& s) { return s.index == 50 ? std::string("1000") : value(s); });
  const auto found = the_finding(result, "target-outlier");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["samples"], 1);
  EXPECT_EQ(found.evidence["rows"], Json::array({"train.csv:52"}));
}

/// Row 50 of each file, in any part.
TEST(AuditLabels, NumbersOutsideTheirDeclaredRange) {
  PhaseOverFiles phase;
  set_regression(phase);
  write_small(phase, "", kNothing,
              [](const Sample& s) { return s.index == 50 ? std::string("1000") : value(s); });
  phase.project.data.columns["y"].range = {-20, 20};
  const auto result = phase.run("audit");
  const auto found = the_finding(result, "out-of-declared-range");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.key, "data.columns.y");
  EXPECT_EQ(found.evidence["samples"], 2);
  EXPECT_EQ(found.evidence["rows"], Json::array({"train.csv:52", "test.csv:52"}));
  const auto empty = the_finding(result, "space-range-coverage");
  EXPECT_EQ(empty.evidence["column"], "y");
  EXPECT_EQ(empty.evidence["empty"].front(), "-20 to -16");
  EXPECT_EQ(empty.evidence["empty"].back(), "16 to 20");
}

TEST(AuditLabels, ClassesThatAreNotDeclared) {
  PhaseOverFiles phase;
  write_small(phase, "", kNothing);
  phase.project.data.columns["y"].categories = {"yes", "perhaps"};
  const auto result = phase.run("audit");
  const auto odd = the_finding(result, "category-undeclared");
  EXPECT_EQ(odd.evidence["column"], "y");
  EXPECT_EQ(odd.evidence["categories"].size(), 1u);
  EXPECT_THAT(odd.message, HasSubstr("none of its declared categories: 'no' ("));
  EXPECT_EQ(the_finding(result, "space-range-coverage").evidence["empty"],
            Json::array({"'perhaps'"}));

  PhaseOverFiles numbered;
  write_small(numbered, "", kNothing, [](const Sample& s) {
    return std::string(s.index == 50 ? "7" : s.yes ? "1" : "0");
  });
  numbered.project.data.columns["y"].range = {0, 1};
  const auto ranged = numbered.run("audit");
  const auto outside = the_finding(ranged, "out-of-declared-range");
  EXPECT_EQ(outside.evidence["rows"], Json::array({"train.csv:52", "test.csv:52"}));
  EXPECT_THAT(outside.message, HasSubstr("such as 7 at train.csv:52"));
  EXPECT_FALSE(has(ranged, "space-range-coverage"));
}

TEST(AuditLabels, SkewedNumbers) {
  const auto amounts =
      audit_numbers([](const Sample& s) { return number_text(std::exp(1.5 * s.a)); });
  const auto found = the_finding(amounts, "target-distribution");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_GT(found.evidence["skewness"], 2);
  EXPECT_EQ(found.evidence["counts"], false);
  EXPECT_THAT(found.message, HasSubstr("Yeo-Johnson"));
  const auto counts = audit_numbers(
      [](const Sample& s) { return number_text(std::floor(std::exp(1.5 * s.a + 1))); });
  EXPECT_EQ(the_finding(counts, "target-distribution").evidence["counts"], true);
}

TEST(AuditLabels, NumbersThatAreCutOff) {
  const auto result =
      audit_numbers([](const Sample& s) { return number_text(std::min(1.5, 2 * s.a + s.b)); });
  const auto found = the_finding(result, "target-censored");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["value"], 1.5);
  EXPECT_GT(found.evidence["samples"], 30);
  EXPECT_THAT(found.message, HasSubstr("greatest"));
}

TEST(AuditLabels, TargetsThatChangeAlongTheFiles) {
  const auto classes = audit_small("", kNothing, [](const Sample& s) {
    return std::string(s.a + s.b + (s.index % 240 < 120 ? 1 : -1) > 0 ? "yes" : "no");
  });
  const auto found = the_finding(classes, "label-drift-order");
  EXPECT_EQ(found.severity, Severity::kInfo);
  EXPECT_NEAR(found.evidence["effect"], 0.5, 0.15);
  const auto numbers =
      audit_numbers([](const Sample& s) { return number_text(2 * s.a + s.b + 0.02 * s.index); });
  EXPECT_GT(the_finding(numbers, "label-drift-order").evidence["effect"], 0.3);
}

// Cover and Hart: the nearest neighbour's error of pairs of classes with share e wrong is about
// 2 e (1 - e), from which the bound takes e back.
TEST(AuditLabels, GoalsAboveWhatNeighboursAllow) {
  PhaseOverFiles phase;
  Rng rng(4, "noise");
  write_small(
      phase, "", kNothing,
      [&](const Sample& s) {
        return std::string((s.a + s.b > 0) != (rng.uniform() < 0.25) ? "yes" : "no");
      },
      480);
  phase.project.goal.target = 0.95;
  const auto found = the_finding(phase.run("audit"), "target-bayes-bound");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.key, "goal.target");
  const double error = found.evidence["neighbour_error"];
  EXPECT_NEAR(found.evidence["least_error"], 0.5 * (1 - std::sqrt(1 - 2 * error)), 1e-12);
  EXPECT_NEAR(found.evidence["least_error"], 0.25, 0.1);
  phase.project.goal.target = 0.6;
  EXPECT_FALSE(has(phase.run("audit"), "target-bayes-bound"));
}

TEST(AuditLabels, PartsWithOtherShares) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(240, 1, "", kNothing));
  phase.write("test.csv", file(120, 2, "", kNothing, [](const Sample& s) {
                return std::string(s.a + s.b > -1.3 ? "yes" : "no");
              }));
  phase.project.data.test.paths = {"test.csv"};
  const auto found = the_finding(phase.run("audit"), "prior-shift-split");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["part"], "test");
  EXPECT_NEAR(found.evidence["effect"], 0.3, 0.12);
  EXPECT_LT(found.evidence["p"], 0.001);
}

TEST(AuditLabels, NumbersThatLieElsewhereInAPart) {
  PhaseOverFiles phase;
  set_regression(phase);
  phase.write("train.csv", file(240, 1, "", kNothing, value));
  phase.write("test.csv", file(120, 2, "", kNothing,
                               [](const Sample& s) { return number_text(2 * s.a + s.b + 5); }));
  phase.project.data.test.paths = {"test.csv"};
  const auto found = the_finding(phase.run("audit"), "drift-target-split");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["part"], "test");
  // Two normal distributions 5 / sqrt(5) deviations apart: 2 Phi(1.118) - 1 = 0.736.
  EXPECT_NEAR(found.evidence["effect"], 0.736, 0.08);
}

}  // namespace
}  // namespace dlwork::testing
