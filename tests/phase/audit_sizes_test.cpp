#include <gmock/gmock.h>

#include <cmath>
#include <optional>

#include "dlwork/base/power.h"
#include "planted.h"
#include "support/layers.h"

/// How many samples there are and what they are worth.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;

TEST(AuditSizes, NoneOfTheseOnCleanSamples) {
  const auto result = audit_with("", kNothing);
  for (const char* id :
       {"part-empty", "test-size-class", "split-proportion", "sample-effective", "capacity-ratio",
        "subgroup-small", "slice-weak", "space-pair-coverage", "dimension-compress",
        "space-combination-coverage", "category-undeclared"}) {
    EXPECT_FALSE(has(result, id)) << id;
  }
}

TEST(AuditSizes, WhatATestPartCannotShow) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(240, 1, "", kNothing));
  phase.write("test.csv", file(40, 2, "", kNothing));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.goal.target = 0.9;
  phase.project.goal.incumbent = 0.88;
  const auto result = phase.run("audit");
  // Half the Wilson interval of 18 of 20 is 0.13, of 9 of 10 it is 0.19.
  EXPECT_EQ(the_finding(result, "test-size").severity, Severity::kWarn);
  const auto gain = the_finding(result, "test-size-detectable");
  EXPECT_EQ(gain.severity, Severity::kWarn);
  EXPECT_NEAR(gain.evidence["wanted"], 0.02, 1e-12);
  const double differ = gain.evidence["disagreement"];
  EXPECT_DOUBLE_EQ(gain.evidence["gain"], detectable_gain(40, differ));
  EXPECT_NEAR(gain.evidence["samples_needed"], samples_for_gain(0.02, differ), 1e-6);
  phase.write("test.csv", file(20, 2, "", kNothing));
  const auto wide = the_finding(phase.run("audit"), "test-size-class");
  EXPECT_EQ(wide.severity, Severity::kInfo);
  EXPECT_EQ(wide.evidence["classes"], 2);
}

/// A target of an error is no share of right answers: the usual figures are taken in its place.
TEST(AuditSizes, WhatATestPartShowsWhereTheGoalIsAnError) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(240, 1, "", kNothing));
  phase.write("test.csv", file(40, 2, "", kNothing));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.goal.metric = "log-loss";
  phase.project.goal.target = 0.3;
  phase.project.goal.incumbent = 0.8;
  const auto result = phase.run("audit");
  const auto size = the_finding(result, "test-size");
  EXPECT_EQ(size.evidence["figure"], 0.9);
  // Wilson's interval of 36 of 40: half is (z sqrt(0.09 / 40 + z^2 / 6400)) / (1 + z^2 / 40).
  EXPECT_NEAR(size.evidence["half_width"].get<double>(), 0.0954, 1e-3);
  EXPECT_EQ(the_finding(result, "test-size-detectable").evidence["wanted"],
            phase.project.audit.thresholds.detectable_gain);
}

// The relative width of a root mean square of normal residuals is z / sqrt(2 n): 0.253 of 30.
TEST(AuditSizes, WhatATestPartKnowsOfANumbersError) {
  const Row target = [](const Sample& s) { return number_text(s.a + s.b + s.c * 0.5); };
  PhaseOverFiles phase;
  set_regression(phase);
  phase.write("train.csv", file(300, 1, "", kNothing, target));
  phase.write("test.csv", file(30, 2, "", kNothing, target));
  phase.project.data.test.paths = {"test.csv"};
  phase.project.data.inputs = {"a", "b"};
  const auto few = the_finding(phase.run("audit"), "test-size");
  EXPECT_EQ(few.severity, Severity::kWarn);
  // The residuals are even in [-0.25, 0.25], whose kurtosis is 1.8: z sqrt(0.8 / (4 * 30)) = 0.16.
  EXPECT_NEAR(few.evidence["half_width_relative"], 0.16, 0.02);
  EXPECT_NEAR(few.evidence["samples_needed"].get<double>(), 77, 20);
  EXPECT_EQ(few.evidence["test_samples"], 30);
  phase.project.goal.metric = "mae";
  const auto absolute = the_finding(phase.run("audit"), "test-size");
  // The mean of such sizes is 0.125, their deviation 0.0722: z 0.577 / sqrt(30) = 0.207.
  EXPECT_NEAR(absolute.evidence["half_width_relative"], 0.207, 0.03);
  phase.write("test.csv", file(300, 2, "", kNothing, target));
  EXPECT_FALSE(has(phase.run("audit"), "test-size"));
}

TEST(AuditSizes, HowTheErrorFallsWithTheSamples) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(900, 1, "", kNothing));
  phase.project.goal.target = 0.5;
  const auto met = the_finding(phase.run("audit"), "train-size-curve");
  EXPECT_EQ(met.severity, Severity::kInfo);
  const auto ahead = met.evidence["at_ten_times"];
  const auto exponent = met.evidence["exponent_interval"];
  EXPECT_LT(ahead[0], ahead[1]);
  EXPECT_LT(exponent[0], met.evidence["exponent"]);
  EXPECT_GT(exponent[1], met.evidence["exponent"]);
  // The bracket is of draws, so it is wider than the two fits alone.
  EXPECT_GT(ahead[1].get<double>() - ahead[0].get<double>(), 0.002);
  phase.project.goal.target = 0.9999;
  const auto far = the_finding(phase.run("audit"), "train-size-curve");
  EXPECT_EQ(far.severity, Severity::kWarn);
  EXPECT_THAT(far.message, HasSubstr("a better model or better inputs"));
  EXPECT_THAT(far.message, ::testing::AnyOf(HasSubstr("or more training samples (95 %), there"),
                                            HasSubstr("with any number of training samples (95")));
}

TEST(AuditSizes, TheCurveIsOfTheGoalsMetric) {
  PhaseOverFiles phase;
  const auto curve = [&](const std::string& metric, std::optional<double> target) {
    phase.project.goal.metric = metric;
    phase.project.goal.target = target;
    return the_finding(phase.run("audit"), "train-size-curve");
  };
  const auto last = [](const artefact::Finding& finding) {
    return finding.evidence["errors"].back().get<double>();
  };
  phase.write("train.csv", file(600, 1, "", kNothing, [](const Sample& s) {
                return s.a + s.b + std::sin(97 * s.index) > 1.8 ? "yes" : "no";  // one in eight
              }));
  const auto plain = curve("accuracy", {});
  EXPECT_EQ(plain.evidence["measure"], "error");
  EXPECT_THAT(plain.message, HasSubstr("is not told, since goal.target is not set"));
  const auto balanced = curve("balanced-accuracy", 0.9999);
  EXPECT_EQ(balanced.severity, Severity::kWarn);
  EXPECT_EQ(balanced.evidence["measure"], "1 - balanced-accuracy");
  EXPECT_TRUE(balanced.evidence.contains("samples_for_goal"));
  EXPECT_GT(last(balanced), last(plain)) << "half of it is of the rare class";
  EXPECT_THAT(curve("balanced-accuracy", 0.5).message, HasSubstr("; the goal is met with those"));
  const auto other = curve("calibration-error", 0.01);
  EXPECT_EQ(other.evidence["measure"], "error");
  EXPECT_EQ(other.evidence["errors"], plain.evidence["errors"]);
  EXPECT_THAT(other.message, HasSubstr("since calibration-error need not improve"));

  set_regression(phase);
  phase.write("train.csv", file(600, 1, "", kNothing,
                                [](const Sample& s) { return number_text(s.a * s.a + s.b); }));
  const auto squared = curve("rmse", 0.001), absolute = curve("mae", 0.001);
  EXPECT_EQ(absolute.severity, Severity::kWarn);
  EXPECT_EQ(absolute.evidence["measure"], "mae");
  for (std::size_t i = 0; i < absolute.evidence["errors"].size(); ++i) {
    EXPECT_LT(absolute.evidence["errors"][i], squared.evidence["errors"][i]);
    EXPECT_GT(absolute.evidence["errors"][i], 0.5 * squared.evidence["errors"][i].get<double>());
  }
}

TEST(AuditSizes, WhyThereIsNoCurveIsTold) {
  PhaseOverFiles phase;
  write_small(phase, "", kNothing, label, 60);
  const auto few = the_finding(phase.run("audit"), "train-size-unknown");
  EXPECT_EQ(few.severity, Severity::kInfo);
  EXPECT_EQ(few.evidence["reason"], "few samples");
  EXPECT_EQ(few.evidence["samples"], phase.train_rows.size());
  EXPECT_EQ(few.evidence["samples_needed"], 100);
  EXPECT_THAT(few.message, HasSubstr("needs 100 training samples or more, and there are " +
                                     std::to_string(phase.train_rows.size())));
  const auto sure = audit_small("d", [](const Sample& s) { return s.yes ? "10" : "-10"; });
  EXPECT_FALSE(has(sure, "train-size-curve"));
  EXPECT_EQ(the_finding(sure, "train-size-unknown").evidence["reason"], "no error");
  EXPECT_FALSE(has(audit_with("", kNothing), "train-size-unknown"));
}

TEST(AuditSizes, FewSamplesForEachFeature) {
  std::string names;
  for (int i = 0; i < 12; ++i) names += (i == 0 ? "d" : ",d") + std::to_string(i);
  const auto result = audit_small(names, [](const Sample& s) {
    std::string cells;
    for (int i = 0; i < 12; ++i) {
      cells += (i == 0 ? "" : ",") + number_text(std::sin(s.index * (i + 1.37) + 1 / (s.c + 1)));
    }
    return cells;
  });
  const auto found = the_finding(result, "train-size-rule");
  EXPECT_EQ(found.evidence["features"], 15);
  EXPECT_NEAR(found.evidence["ratio"], found.evidence["events"].get<double>() / 15, 1e-12);
  EXPECT_LT(found.evidence["ratio"], 20);
  EXPECT_THAT(found.message, HasSubstr("few even for a linear model"));
}

TEST(AuditSizes, RepeatsAreNoSamplesOfTheirOwn) {
  PhaseOverFiles phase;
  const std::string once = file(40, 1, "", kNothing);
  const std::string header = "a,b,c,y\n";
  std::string text = header;
  for (int i = 0; i < 6; ++i) text += once.substr(header.size());
  phase.write("train.csv", text);
  phase.write("test.csv", file(120, 2, "", kNothing));
  phase.project.data.test.paths = {"test.csv"};
  const auto found = the_finding(phase.run("audit"), "sample-effective");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["effective"], 40);
  EXPECT_DOUBLE_EQ(found.evidence["share"], 40.0 / 216);
}

TEST(AuditSizes, SamplesOfOneGroupAreWorthLess) {
  PhaseOverFiles phase;
  const auto who = [](const Sample& s) { return s.index % 16; };
  const Row patient = [&](const Sample& s) { return "P" + std::to_string(who(s)); };
  const Row same = [&](const Sample& s) { return std::string(who(s) % 2 == 0 ? "yes" : "no"); };
  phase.write("train.csv", file(320, 1, "patient", patient, same));
  phase.project.data.inputs = {"a", "b", "c"};
  const auto found = the_finding(phase.run("audit"), "sample-effective");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["column"], "patient");
  EXPECT_NEAR(found.evidence["intraclass_correlation"], 1, 1e-9);
  EXPECT_EQ(found.evidence["groups"], 16);
  EXPECT_NEAR(found.evidence["effective"], 16, 1);  // groups of nearly one size
  phase.write("train.csv", file(320, 1, "patient", patient));
  EXPECT_FALSE(has(phase.run("audit"), "sample-effective"));
}

TEST(AuditSizes, NetworksTooLargeForTheSamples) {
  PhaseOverFiles phase;
  write_small(phase, "", kNothing, label, 120);
  phase.project.model.layers = layers("[linear: 3000, relu, linear: 10]");
  const auto found = the_finding(phase.run("audit"), "capacity-ratio");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.key, "model.layers");
  // Of 3 inputs, and then of the 10 numbers the classes.
  const double parameters = found.evidence["parameters"];
  EXPECT_GE(parameters, 3 * 3000 + 3000 + 3000 * 10 + 10);
  EXPECT_DOUBLE_EQ(found.evidence["ratio"], parameters / (108 * 2));
}

TEST(AuditSizes, GroupsTooSmallToJudge) {
  const auto result = audit_small("site", [](const Sample& s) {
    return std::string(s.index % 15 == 0 ? "small" : s.index % 2 == 0 ? "one" : "two");
  });
  const auto found = the_finding(result, "subgroup-small");
  EXPECT_EQ(found.evidence["column"], "site");
  EXPECT_EQ(found.evidence["groups"], Json::array({"'small' (8)"}));
}

TEST(AuditSizes, WhereAModelErrsMost) {
  Rng rng(3, "weak slice");
  const auto at = [](const Sample& s) { return s.index % 4 == 0; };
  const auto result = audit_small(
      "site", [&](const Sample& s) { return std::string(at(s) ? "fog" : "sun"); },
      [&](const Sample& s) {
        return std::string((at(s) ? rng.uniform() < 0.5 : s.a + s.b > 0) ? "yes" : "no");
      },
      480);
  const auto found = the_finding(result, "slice-weak");
  EXPECT_EQ(found.evidence["worst"], "site 'fog'");
  EXPECT_GT(found.evidence["loss"].get<double>(), 2 * found.evidence["mean_loss"].get<double>());
}

TEST(AuditSizes, PairsOfCategoriesThatNeverMeet) {
  const auto result = audit_small("kind,place", [](const Sample& s) {
    const bool round = s.index % 2 == 0;
    return std::string(round ? "round" : "square") + "," +
           (round || s.index % 4 == 1 ? "inside" : "outside");
  });
  const auto found = the_finding(result, "space-pair-coverage");
  EXPECT_EQ(found.evidence["column"], "kind");
  EXPECT_EQ(found.evidence["with"], "place");
  EXPECT_EQ(found.evidence["pairs"], 1);
  EXPECT_THAT(found.message, HasSubstr("'round' with 'outside'"));
}

TEST(AuditSizes, DeclaredCombinationsAndCategories) {
  PhaseOverFiles phase;
  write_small(phase, "site,sex", [](const Sample& s) {
    return "s" + std::to_string(s.index % 3) + "," +
           (s.index % 3 == 2   ? "f"
            : s.index == 30    ? "m"
            : s.index % 2 == 0 ? "f"
                               : "x");
  });
  phase.project.data.columns["sex"].categories = {"f", "m"};
  phase.project.data.expect.combinations = {"site x sex", "site x y"};
  const auto result = phase.run("audit");
  const auto odd = the_finding(result, "category-undeclared");
  EXPECT_EQ(odd.severity, Severity::kError);
  EXPECT_EQ(odd.evidence["column"], "sex");
  EXPECT_EQ(odd.evidence["samples"], 120);  // 80 of the training file, 40 of the test file
  EXPECT_EQ(odd.evidence["categories"]["x"], 120);
  EXPECT_EQ(odd.evidence["rows"][0], "train.csv:3");
  const auto found = the_finding(result, "space-combination-coverage");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.key, "data.expect.combinations");
  EXPECT_EQ(found.evidence["cells"], 6);
  EXPECT_GE(found.evidence["empty"].size(), 2u);
  EXPECT_THAT(found.message, HasSubstr("'s1' with 'm'"));
  phase.project.data.columns["sex"].categories = {"f", "x", "m", "d"};
  phase.project.data.expect.combinations = {"site x nothing"};
  const auto other = phase.run("audit");
  EXPECT_FALSE(has(other, "category-undeclared"));
  EXPECT_THAT(the_finding(other, "space-range-coverage").message, HasSubstr("sex as"));
  EXPECT_THAT(the_finding(other, "check-not-run").message, HasSubstr("names nothing"));
}

TEST(AuditSizes, FewDimensionsAmongManyColumns) {
  std::string names;
  for (int i = 0; i < 12; ++i) names += (i == 0 ? "d" : ",d") + std::to_string(i);
  const auto result = audit_small(names, [](const Sample& s) {
    std::string cells;
    for (int i = 0; i < 12; ++i) {
      const double own = 1e-3 * std::sin(s.index * (i + 1.37));
      cells += (i == 0 ? "" : ",") + number_text((i % 2 == 0 ? s.a : s.b) * (i + 1) + own);
    }
    return cells;
  });
  const auto compress = the_finding(result, "dimension-compress");
  EXPECT_EQ(compress.evidence["features"], 15);
  EXPECT_EQ(compress.evidence["components"], 3);  // a, b and c
  const auto dimension = the_finding(result, "dimension-intrinsic");
  EXPECT_NEAR(dimension.evidence["least_squares"], 3, 1);
  EXPECT_NEAR(dimension.evidence["of_half"], 3, 1.5);
  EXPECT_NEAR(dimension.evidence["of_quarter"], 3, 1.5);
  EXPECT_EQ(dimension.message.find("more than so few samples"), std::string::npos);
}

}  // namespace
}  // namespace dlwork::testing
