// Gradients over training, by spreads that are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_study.h"

namespace dlwork::phase::diagnose {
namespace {

using artefact::Severity;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::ScriptedStudy;
using testing::the_figure;
using testing::the_finding;

/// Networks of linear layers whose gradients have widths that are made up, epoch by epoch.
class DiagnoseGradientCourse : public ::testing::Test {
 protected:
  DiagnoseGradientCourse() { scripted.classes({0, 1, 0, 1}, {0, 1, 0, 1}); }

  const artefact::PhaseResult& course_of(const std::vector<std::vector<double>>& widths) {
    using training::LayerSpread;
    scripted.script.end.clear();
    for (std::size_t layer = 0; layer < widths.size(); ++layer) {
      scripted.script.end.push_back({std::to_string(layer) + " linear", "[8]", 16, 0, 1});
      for (std::size_t i = 0; i < widths[layer].size(); ++i) {
        const auto epoch = static_cast<std::int64_t>(i) + 1;
        const auto place = static_cast<std::int64_t>(layer);
        const double half = widths[layer][i] / 2;
        scripted.script.spreads.push_back(
            {epoch, place, LayerSpread::Of::kGradients, -half, 0, half});
        // Those of other values say nothing of it.
        scripted.script.spreads.push_back({epoch, place, LayerSpread::Of::kWeights, -1e9, 0, 1e9});
      }
    }
    scripted.study().misses_training = misses;
    check_gradient_course(scripted.study());
    return scripted.study().result;
  }
  ScriptedStudy scripted;
  bool misses = true;
};

TEST_F(DiagnoseGradientCourse, OneLayerThatStopsGettingAGradientIsNamed) {
  const auto& result = course_of({{1, 1e-3, 2e-6, 4e-6, 1e-6}, {2, 1, 1, 1, 1}, {4, 2, 1, 1, 1}});
  const auto finding = the_finding(result, "diagnosis-gradient-vanishing");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.message,
            "in training the gradient of layer 0 linear fell to 2e-06 of its first size, that of "
            "layer 1 linear to 0.5, and training misses the best attainable");
  // The middle one of the last three epochs over the first: 2e-6 / 1 over 1 / 2.
  EXPECT_NEAR(finding.evidence["ratio"].get<double>(), 4e-6, 1e-15);
  EXPECT_EQ(the_figure(result, "gradients-in-training").data["series"][0]["values"][2], 0.25);
  EXPECT_TRUE(findings_of(result, "diagnosis-gradient-exploding").empty());
}

TEST_F(DiagnoseGradientCourse, ALayerWhoseGradientGrowsIsNamed) {
  const auto& result = course_of({{1, 10, 200, 300, 400}, {1, 1, 1, 1, 1}});
  const auto finding = the_finding(result, "diagnosis-gradient-exploding");
  EXPECT_THAT(finding.message, HasSubstr("of layer 0 linear grew to 300 times its first size"));
  EXPECT_EQ(finding.evidence["last"], Json({300.0, 1.0}));
  EXPECT_TRUE(findings_of(result, "diagnosis-gradient-vanishing").empty());
}

TEST_F(DiagnoseGradientCourse, ThatAllShrinkAsTheLossFallsIsHealthy) {
  const auto& result =
      course_of({{1, 0.3, 0.1, 0.03, 0.01}, {2, 1, 0.5, 0.2, 0.1}, {4, 1, 0.1, 0.04, 0.04}});
  EXPECT_TRUE(result.findings.empty());
}

TEST_F(DiagnoseGradientCourse, ATrainingThatReachesWhatItShouldIsHealthy) {
  misses = false;
  EXPECT_TRUE(course_of({{1, 1e-3, 1e-6, 1e-6, 1e-6}, {2, 1, 1, 1, 1}}).findings.empty());
}

TEST_F(DiagnoseGradientCourse, ThreeEpochsAreTooFew) {
  EXPECT_TRUE(course_of({{1, 1e-6, 1e-6}, {1, 1, 1}}).findings.empty());
}

}  // namespace
}  // namespace dlwork::phase::diagnose
