// Calibration and thresholds, by probabilities that are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "phase/diagnose/calibration.h"
#include "scripted_study.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using testing::answer_by_place;
using ::testing::ElementsAre;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::repeated;
using testing::ScriptedStudy;
using testing::sure_of_class;
using testing::the_figure;
using testing::the_finding;
using testing::the_table;

TEST(DiagnoseDecisions, SureNetworksThatAreOftenWrongAreMiscalibrated) {
  ScriptedStudy scripted;
  scripted.classes({0, 1}, repeated({{0, 200}, {1, 200}}));
  answer_by_place(scripted, 2, [](std::int64_t place) {
    const bool first = (place < 200) == (place % 4 != 0);  // three of four right
    return std::vector<float>{first ? 0.99f : 0.01f, first ? 0.01f : 0.99f};
  });
  auto& study = scripted.study();
  check_calibration(study);
  const auto finding = the_finding(study.result, "diagnosis-miscalibrated");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_NEAR(finding.evidence["error"].get<double>(), 0.99 - 0.75, 1e-6);
  // 0.99 becomes 0.75 where the log odds are divided by their quotient.
  EXPECT_NEAR(finding.evidence["temperature"].get<double>(), std::log(99.0) / std::log(3.0), 1e-3);
  EXPECT_LT(finding.evidence["error_with_temperature"].get<double>(), 0.15);
  EXPECT_LT(finding.evidence["interval"][0], 0.24);
  EXPECT_GT(finding.evidence["interval"][1], 0.24);
  EXPECT_THAT(finding.advice, HasSubstr("temperature"));
  const auto series = the_figure(study.result, "reliability").data["series"][0];
  EXPECT_NEAR(series["x"][0].get<double>(), 0.99, 1e-6);
  EXPECT_NEAR(series["y"][0].get<double>(), 0.75, 1e-12);
}

TEST(DiagnoseDecisions, AnErrorThatChanceMayGiveAsksForMoreSamples) {
  for (const int right : {16, 14}) {
    ScriptedStudy scripted;
    scripted.classes({0, 1}, repeated({{0, right}, {1, 20 - right}}));
    answer_by_place(scripted, 2, [](std::int64_t) { return std::vector<float>{0.7f, 0.3f}; });
    auto& study = scripted.study();
    check_calibration(study);
    const auto finding = the_finding(study.result, "diagnosis-miscalibrated");
    EXPECT_EQ(finding.severity, Severity::kInfo);
    EXPECT_NEAR(finding.evidence["error"].get<double>(), right / 20.0 - 0.7, 1e-6);
    EXPECT_THAT(finding.advice, HasSubstr(right == 16 ? "Validate on more samples"
                                                      : "Nothing to do: probabilities mean"));
  }
}

/// Ten validation samples with known probabilities of b, of which four are b.
class DiagnoseThreshold : public ::testing::Test {
 protected:
  DiagnoseThreshold() {
    scripted.classes({0, 0, 1}, {1, 0, 1, 1, 0, 1, 0, 0, 0, 0});
    answer_by_place(scripted, 3, [](std::int64_t place) {
      const float of_b[] = {0.9f, 0.7f, 0.6f, 0.4f, 0.35f, 0.3f, 0.2f, 0.1f, 0.05f, 0.02f};
      return std::vector<float>{1 - of_b[place], of_b[place]};
    });
    scripted.project.diagnose.costs.missed = 5;
  }
  ScriptedStudy scripted;
};

TEST_F(DiagnoseThreshold, SavesWhatTheCostsSay) {
  auto& study = scripted.study();
  choose_threshold(study);
  const auto finding = the_finding(study.result, "diagnosis-threshold");
  EXPECT_EQ(finding.evidence["positive"], "b") << "the rarer class of the training part";
  EXPECT_NEAR(finding.evidence["threshold"].get<double>(), 0.3, 1e-7);
  // At 0.5: 2 of 4 missed and one false alarm, (2 x 5 + 1) / 10; at 0.3: 2 false alarms.
  EXPECT_NEAR(finding.evidence["saving"].get<double>(), 1.1 - 0.2, 1e-12);
  // sklearn.metrics.average_precision_score, roc_auc_score
  EXPECT_NEAR(finding.evidence["average_precision"].get<double>(), 0.7708333333333333, 1e-12);
  const auto table = the_table(study.result, "thresholds");
  EXPECT_THAT(table.rows[0], ElementsAre("0.5", "0.667", "0.5", "16.7 %", "1.1"));
  EXPECT_THAT(table.rows[1], ElementsAre("0.3", "0.667", "1", "33.3 %", "0.2"));
  const auto roc = the_figure(study.result, "roc").data["series"][0];
  EXPECT_EQ(roc["x"].front(), 0.0);
  EXPECT_EQ(roc["y"].back(), 1.0);
  EXPECT_EQ(roc["x"].size(), 11u) << "ten scores and the threshold above them all";
}

TEST_F(DiagnoseThreshold, FalseAlarmsThatCostMoreRaiseIt) {
  scripted.project.diagnose.costs.missed = 1;
  scripted.project.diagnose.costs.false_alarm = 10;
  auto& study = scripted.study();
  choose_threshold(study);
  const auto finding = the_finding(study.result, "diagnosis-threshold");
  EXPECT_NEAR(finding.evidence["threshold"].get<double>(), 0.9, 1e-7);
  EXPECT_NEAR(finding.evidence["saving"].get<double>(), (2 + 10) / 10.0 - 3 / 10.0, 1e-12);
}

TEST_F(DiagnoseThreshold, ThePositiveClassMustBeOneOfTheData) {
  scripted.project.diagnose.costs.positive = "a";
  choose_threshold(scripted.study());
  EXPECT_EQ(the_finding(scripted.study().result, "diagnosis-threshold").evidence["positive"], "a");
  scripted.project.diagnose.costs.positive = "c";
  try {
    choose_threshold(scripted.study());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "diagnose.costs.positive");
    EXPECT_EQ(error.diagnostics().front().message, "'c' is no class of the data");
    EXPECT_EQ(error.diagnostics().front().hint, "classes: a and b");
  }
}

TEST_F(DiagnoseThreshold, AnUnknownClassIsSaidBeforeAnythingIsTrained) {
  scripted.project.diagnose.costs.positive = "c";
  scripted.project.places["diagnose.costs.positive"] = {"project.yaml", 7, 15};
  try {
    scripted.run();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(format(error.diagnostics().front()),
              "project.yaml:7:15: error: diagnose.costs.positive: 'c' is no class of the data "
              "(classes: a and b)");
  }
  EXPECT_EQ(scripted.script.trained, 0);
}

/// The same ten samples, those that are not b being a or c.
class DiagnoseThresholdOfThree : public DiagnoseThreshold {
 protected:
  DiagnoseThresholdOfThree() {
    three.classes({0, 1, 1, 2}, {1, 0, 1, 1, 2, 1, 0, 2, 0, 2});
    answer_by_place(three, 4, [](std::int64_t place) {
      const float of_b[] = {0.9f, 0.7f, 0.6f, 0.4f, 0.35f, 0.3f, 0.2f, 0.1f, 0.05f, 0.02f};
      return std::vector<float>{(1 - of_b[place]) / 2, of_b[place], (1 - of_b[place]) / 2};
    });
    three.project.diagnose.costs.missed = 5;
  }
  ScriptedStudy three;
};

TEST_F(DiagnoseThresholdOfThree, TheClassNamedIsHeldAgainstTheOthersByTheCosts) {
  three.project.diagnose.costs.positive = "b";
  auto& study = three.study();
  choose_threshold(study);
  // As of the two classes b and not b.
  const auto finding = the_finding(study.result, "diagnosis-threshold");
  EXPECT_EQ(finding.evidence["positive"], "b");
  EXPECT_NEAR(finding.evidence["threshold"].get<double>(), 0.3, 1e-7);
  EXPECT_NEAR(finding.evidence["saving"].get<double>(), 1.1 - 0.2, 1e-12);
  EXPECT_NEAR(finding.evidence["average_precision"].get<double>(), 0.7708333333333333, 1e-12);
  EXPECT_THAT(the_table(study.result, "thresholds").rows[1],
              ElementsAre("0.3", "0.667", "1", "33.3 %", "0.2"));
  EXPECT_EQ(the_table(study.result, "one-against-rest").rows.size(), 3u);
  EXPECT_EQ(the_figure(study.result, "precision-recall").data["series"].size(), 1u);
  EXPECT_TRUE(findings_of(study.result, "diagnosis-costs-unused").empty());
}

TEST_F(DiagnoseThresholdOfThree, CostsWithoutAClassAreSaidToBeUnused) {
  auto& study = three.study();
  choose_threshold(study);
  const auto finding = the_finding(study.result, "diagnosis-costs-unused");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_EQ(finding.evidence["missed"], 5.0);
  EXPECT_EQ(finding.evidence["classes"], 3);
  EXPECT_EQ(finding.advice, "Set diagnose.costs.positive to the class to be found.");
  EXPECT_EQ(the_figure(study.result, "precision-recall").data["series"].size(), 3u);
  EXPECT_TRUE(findings_of(study.result, "diagnosis-threshold").empty());
}

TEST(DiagnoseDecisions, AreaUnderTheCurveIsThatOfOthers) {
  const std::vector<double> scores{.9, .7, .6, .4, .35, .3, .2, .1, .05, .02};
  const std::vector<bool> positive{true, false, true,  true,  false,
                                   true, false, false, false, false};
  EXPECT_NEAR(area_under_roc(thresholds(scores, positive)), 0.8333333333333334, 1e-12);
}

TEST(DiagnoseDecisions, OfThreeClassesEachIsHeldAgainstTheRest) {
  ScriptedStudy scripted;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 30; ++i) codes.push_back(i % 3);
  scripted.classes({0, 1, 2}, codes);
  answer_by_place(scripted, 3, [](std::int64_t i) {
    std::vector<float> p;
    for (int c = 0; c < 3; ++c) {
      p.push_back(static_cast<float>(std::abs(std::sin(1.3 * i + 2.1 * c + 0.7 * c * c)) +
                                     (i % 3 == c ? 0.5 : 0)));
    }
    return p;
  });
  auto& study = scripted.study();
  choose_threshold(study);
  // sklearn.metrics.average_precision_score and roc_auc_score of y == c and the scores of c.
  const auto table = the_table(study.result, "one-against-rest");
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("c", "10", "0.8308", "0.825"),
                                      ElementsAre("a", "10", "0.8329", "0.83"),
                                      ElementsAre("b", "10", "0.895", "0.895")));
  const auto& macro = study.result.metrics.back();
  EXPECT_EQ(macro.name, "macro-average-precision");
  EXPECT_NEAR(macro.value, 0.8528966740522804, 1e-12);
  ASSERT_TRUE(macro.low && macro.high);
  EXPECT_LT(*macro.low, macro.value);
  EXPECT_GT(*macro.high, macro.value);
  EXPECT_EQ(macro.part, "validation");
  const auto figure = the_figure(study.result, "precision-recall");
  ASSERT_EQ(figure.data["series"].size(), 3u);
  EXPECT_EQ(figure.data["series"][0]["name"], "c") << "worst first";
  EXPECT_EQ(the_figure(study.result, "roc").data["series"].size(), 3u);
  EXPECT_TRUE(findings_of(study.result, "diagnosis-threshold").empty());
}

TEST(DiagnoseDecisions, OfManyClassesTheTenWorstHaveCurves) {
  ScriptedStudy scripted;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 48; ++i) codes.push_back(i % 12);
  scripted.classes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, codes);
  answer_by_place(scripted, 13, [](std::int64_t i) {
    // The first two classes are always found, the others are mixed up with their neighbour.
    const auto truth = static_cast<std::int32_t>(i % 12);
    return sure_of_class(truth < 2 || i % 2 == i / 12 % 2 ? truth : 2 + (truth - 1) % 10, 13);
  });
  auto& study = scripted.study();
  choose_threshold(study);
  const auto figure = the_figure(study.result, "precision-recall");
  EXPECT_EQ(figure.data["series"].size(), 10u);
  for (const auto& series : figure.data["series"]) {
    EXPECT_NE(series["name"], "a");
    EXPECT_NE(series["name"], "b");
  }
  EXPECT_THAT(figure.caption, HasSubstr("The 10 of 12 classes with the least average precision."));
  EXPECT_EQ(the_table(study.result, "one-against-rest").rows.size(), 12u)
      << "the thirteenth has no validation sample";
}

// Vectors of as many numbers as there are classes: samples of `a` on a line, those of `b` behind
// them but for four, each between two of `a`, which are nearer to it than to each other.
TEST(DiagnoseDecisions, VectorsAreNotTakenForProbabilities) {
  ScriptedStudy scripted;
  scripted.script.places = true;
  scripted.classes(repeated({{0, 40}, {1, 40}}), repeated({{0, 40}, {1, 40}}));
  answer_by_place(scripted, 80, [](std::int64_t place) {
    const double between[] = {10.5, 20.5, 30.5, 35.5};
    const double at = place >= 40 && place < 44 ? between[place - 40] : static_cast<double>(place);
    return std::vector<float>{static_cast<float>(at), 0.0f};
  });
  const auto result = scripted.run();
  for (const auto& figure : result.figures) {
    EXPECT_NE(figure.id, "reliability");
    EXPECT_NE(figure.id, "roc");
  }
  EXPECT_TRUE(findings_of(result, "diagnosis-miscalibrated").empty());
  EXPECT_TRUE(findings_of(result, "diagnosis-threshold").empty());
  EXPECT_TRUE(findings_of(result, "diagnosis-not-run").empty());
  EXPECT_THAT(the_table(result, "confused").rows,
              ElementsAre(ElementsAre("a", "b", "8", "20 %"), ElementsAre("b", "a", "4", "10 %")));
  EXPECT_THAT(the_finding(result, "diagnosis-left-out").message,
              HasSubstr("what two networks say of samples does not compare"));
  const std::string said = read_file(scripted.run_folder->file("validation.csv"));
  EXPECT_EQ(said.substr(0, said.find('\n')), "source,true,v1,v2");
}

}  // namespace
}  // namespace dlwork::phase::diagnose
