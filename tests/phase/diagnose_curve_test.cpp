// What the learning curve advises, and what is said where time ends before it, by networks whose
// errors and speed are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

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
using testing::sure_of_class;
using testing::the_figure;
using testing::the_finding;

constexpr std::int64_t kTrain = 640;

/// Networks trained on n of 640 samples are wrong about 16 / n of 40 validation samples.
class DiagnoseCurve : public ::testing::Test {
 protected:
  DiagnoseCurve() {
    scripted.classes(repeated({{0, 320}, {1, 320}}), repeated({{0, 20}, {1, 20}}));
    scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                                const ScriptedNetwork& network) {
      const std::string before = "learning curve, ";
      const auto at = network.label.find(before);
      const std::int64_t n =
          at == std::string::npos ? kTrain : std::stol(network.label.substr(at + before.size()));
      const auto code = samples.target.codes[row];
      const bool wrong = row >= kTrain && row - kTrain < kTrain / n;
      return sure_of_class(wrong ? 1 - code : code, 2);
    };
  }
  /// The one finding about more samples, where the goal's error takes `samples` by the law.
  artefact::Finding outlook_of(double samples) {
    scripted.project.goal.target = 1 - 16 / samples;
    auto& study = scripted.study();
    draw_learning_curve(study);
    EXPECT_EQ(study.result.findings.size(), 1u);
    return study.result.findings.front();
  }
  ScriptedStudy scripted;
};

TEST_F(DiagnoseCurve, ANearGoalTakesWhatTheLawSays) {
  const auto finding = outlook_of(795);
  EXPECT_EQ(finding.id, "diagnosis-more-data-helps");
  // 40, 80, 160 and 320 samples, and all 640: 0.4, 0.2, 0.1, 0.05, 0.025.
  ASSERT_EQ(finding.evidence["points"].size(), 5u);
  EXPECT_EQ(finding.evidence["points"][0][0], 40);
  EXPECT_NEAR(finding.evidence["points"][0][1].get<double>(), 0.4, 1e-12);
  EXPECT_NEAR(finding.evidence["rate"].get<double>(), 1, 1e-9);
  EXPECT_NEAR(finding.evidence["expected_samples"].get<double>(), 795, 0.1);
  EXPECT_LT(finding.evidence["fewest_samples"].get<double>(), 795);
  EXPECT_THAT(finding.message, HasSubstr("takes about 800 training samples (95 %: "));
  EXPECT_EQ(finding.advice,
            "Collect about 160 more training samples (800 in all), then diagnose again.");
}

TEST_F(DiagnoseCurve, AFarGoalTakesWhatTheLawSays) {
  const auto finding = outlook_of(3150);
  EXPECT_EQ(finding.id, "diagnosis-more-data-helps");
  EXPECT_EQ(finding.advice,
            "Collect about 2,600 more training samples (3,200 in all), then diagnose again.");
  EXPECT_THAT(finding.message, HasSubstr("takes about 3,200 training samples (95 %: "));
}

TEST_F(DiagnoseCurve, AGoalMissedByAHairTakesATenthMore) {
  const auto finding = outlook_of(641);
  EXPECT_NEAR(finding.evidence["expected_samples"].get<double>(), 641, 0.1);
  EXPECT_THAT(finding.advice, HasSubstr("more training samples (710 in all)"));
}

TEST_F(DiagnoseCurve, AThousandTimesTheSamplesAreOutOfReach) {
  const auto finding = outlook_of(1e6);
  EXPECT_EQ(finding.id, "diagnosis-more-data-futile");
  EXPECT_THAT(finding.message, HasSubstr("out of reach by more data alone"));
  EXPECT_EQ(finding.advice, "Do not collect more of the same data.");
}

TEST_F(DiagnoseCurve, TooFewSamplesForALawAreSaid) {
  ScriptedStudy few;
  few.classes(repeated({{0, 30}, {1, 30}}), repeated({{0, 20}, {1, 20}}));
  auto& study = few.study();
  draw_learning_curve(study);
  ASSERT_EQ(study.left_out.size(), 1u);
  EXPECT_EQ(study.left_out[0].part, "learning curve");
  EXPECT_EQ(study.left_out[0].why, "2 usable sizes of the training part, a law takes 4")
      << "30 samples and 60";
  the_figure(study.result, "learning-curve-data");
}

/// 640 training samples of which one takes a tenth of a second an epoch, a validation sample a
/// third.
class DiagnoseTime : public ::testing::Test {
 protected:
  DiagnoseTime() {
    scripted.classes(repeated({{0, 320}, {1, 320}}), repeated({{0, 30}, {1, 30}}));
    scripted.project.training.epochs = 10;
    scripted.script.epoch_seconds = 66;
    scripted.script.answer = [](const data::Samples& samples, std::int64_t row,
                                const ScriptedNetwork&) {
      const auto code = samples.target.codes[row];
      return sure_of_class(row % 10 == 0 ? 1 - code : code, 2);
    };
  }
  /// Seconds by part.
  static std::map<std::string, double> seconds_of(const artefact::Finding& finding) {
    std::map<std::string, double> seconds;
    for (const auto& part : finding.evidence["parts"]) {
      EXPECT_EQ(part["why"], "diagnose.time ended");
      seconds[part["part"].get<std::string>()] = part["seconds"].get<double>();
    }
    return seconds;
  }
  /// Training samples of the learning curve's points.
  static std::vector<double> sizes_of(const artefact::PhaseResult& result) {
    return the_figure(result, "learning-curve-data")
        .data["series"][0]["x"]
        .get<std::vector<double>>();
  }
  ScriptedStudy scripted;
};

TEST_F(DiagnoseTime, WhatTheTimeDoesNotAllowIsListedWithWhatItTakes) {
  scripted.project.diagnose.time.seconds = 90;
  const auto result = scripted.run();
  const auto finding = the_finding(result, "diagnosis-left-out");
  EXPECT_EQ(finding.severity, Severity::kInfo);
  const auto seconds = seconds_of(finding);
  ASSERT_EQ(seconds.size(), 3u) << finding.message;
  // Halves of 80 samples each: 2 x (80 + 60 / 3) samples in 10 epochs.
  EXPECT_NEAR(seconds.at("held-out samples, with shift and labels"), 200, 1e-6);
  // Three sizes beside the whole: 20, 40 and 80 samples, once each.
  EXPECT_NEAR(seconds.at("learning curve"), 40 + 60 + 100, 1e-6);
  // 20 samples as it is and at 4 times the cost, over three seeds.
  EXPECT_NEAR(seconds.at("capacity"), 15 * 40, 1e-6);
  EXPECT_EQ(finding.advice, "Set diagnose.time: 1100s and run dlwork diagnose again.");
  EXPECT_THAT(finding.message, HasSubstr("learning curve (diagnose.time ended; its trainings take "
                                         "at least 3 min 20 s)"));
  EXPECT_EQ(the_figure(result, "left-out").data["labels"].size(), 3u);
  EXPECT_THAT(sizes_of(result), ElementsAre(20, 40, 640));
  EXPECT_TRUE(findings_of(result, "diagnosis-more-data-helps").empty());
}

TEST_F(DiagnoseTime, ShortTimeMakesACurveOfSmallSizes) {
  scripted.project.diagnose.time.seconds = 250;
  const auto result = scripted.run();
  // Halves of 80 samples take 200 s, and two subsets each of 20 and of 40; of 160 they go on.
  EXPECT_THAT(sizes_of(result), ElementsAre(20, 40, 80, 160, 640));
  const auto seconds = seconds_of(the_finding(result, "diagnosis-left-out"));
  ASSERT_EQ(seconds.size(), 1u);
  EXPECT_NEAR(seconds.at("capacity"), 600, 1e-6);
}

TEST_F(DiagnoseTime, WidthsAreComparedOnFewerSamplesBeforeTheyAreLeftOut) {
  scripted.project.diagnose.time.seconds = 700;
  auto& study = scripted.study();
  draw_capacity(study);
  EXPECT_TRUE(study.left_out.empty());
  EXPECT_THAT(the_figure(study.result, "capacity").caption, HasSubstr(" on 20 samples; "));
}

TEST_F(DiagnoseTime, WithoutALimitNothingIsLeftOut) {
  const auto result = scripted.run();
  EXPECT_TRUE(findings_of(result, "diagnosis-left-out").empty());
  EXPECT_THAT(sizes_of(result), ElementsAre(40, 80, 160, 320, 640));
}

TEST_F(DiagnoseTime, AFullDiskEndsTheDiagnosisAndIsNotKept) {
  bool is_full = true;
  scripted.script.losses = [&](const training::FitOptions& options, const ScriptedNetwork&) {
    if (is_full && options.label == "diagnose: half 2 of 2") {
      throw Error(ExitStatus::kRuntime, "No space left on device");
    }
    return Script::Losses{{1.0, 0.5}};
  };
  auto& study = scripted.study();
  EXPECT_THROW(hold_out(study), Error);
  is_full = false;
  hold_out(study);
  EXPECT_TRUE(study.out_of_fold);
}

TEST_F(DiagnoseTime, AHalfWithoutMemoryIsSaidAndNotKept) {
  bool is_short = true;
  scripted.script.losses = [&](const training::FitOptions& options, const ScriptedNetwork&) {
    if (is_short && options.label == "diagnose: half 2 of 2") {
      throw training::FitError(training::FitError::Cause::kMemory, "memory ran out", "");
    }
    return Script::Losses{{1.0, 0.5}};
  };
  auto& study = scripted.study();
  hold_out(study);
  EXPECT_FALSE(study.out_of_fold);
  ASSERT_EQ(study.left_out.size(), 1u);
  EXPECT_THAT(study.left_out[0].why, HasSubstr("the training on half 2 of 2 failed: "));
  EXPECT_THAT(study.left_out[0].why, HasSubstr("memory ran out"));
  is_short = false;
  hold_out(study);
  EXPECT_TRUE(study.out_of_fold);
}

/// 60 training samples in six groups of ten.
void deal_in_groups(ScriptedStudy& scripted) {
  scripted.classes(repeated({{0, 30}, {1, 30}}), repeated({{0, 10}, {1, 10}}));
  scripted.dataset.split_method = "group";
  for (int row = 0; row < 80; ++row) scripted.dataset.split_keys.push_back(row % 6);
}

TEST(DiagnoseGroups, AreDealtWhole) {
  ScriptedStudy scripted;
  deal_in_groups(scripted);
  const auto& keys = scripted.dataset.split_keys;
  const auto parts = deal(scripted.dataset, scripted.dataset.rows[0], 8, 3, "groups");
  ASSERT_EQ(parts.size(), 8u);
  std::map<std::int64_t, std::int64_t> sizes;
  std::size_t first_half = 0;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    std::set<std::int64_t> groups;
    for (const auto row : parts[part]) groups.insert(keys[row]);
    EXPECT_EQ(parts[part].size(), 10 * groups.size()) << part;
    EXPECT_TRUE(std::is_sorted(parts[part].begin(), parts[part].end()));
    first_half += part < 4 ? parts[part].size() : 0;
    for (const auto group : groups) ++sizes[group];
  }
  EXPECT_EQ(first_half, 30u);
  EXPECT_EQ(sizes.size(), 6u);
  for (const auto& [group, count] : sizes) EXPECT_EQ(count, 1) << group;
}

TEST(DiagnoseGroups, TheHalvesShareNone) {
  ScriptedStudy scripted;
  deal_in_groups(scripted);
  std::map<std::string, std::set<std::int64_t>> groups;
  scripted.script.losses = [&](const training::FitOptions& options,
                               const ScriptedNetwork&) -> Script::Losses {
    for (const auto row : options.train_rows) {
      groups[options.label].insert(scripted.dataset.split_keys[row]);
    }
    return std::vector<double>{1.0, 0.2};
  };
  auto& study = scripted.study();
  hold_out(study);
  ASSERT_TRUE(study.out_of_fold);
  EXPECT_EQ(study.out_of_fold->trained_on, 30);
  auto both = groups.at("diagnose: half 1 of 2");
  EXPECT_EQ(both.size(), 3u);
  EXPECT_EQ(groups.at("diagnose: half 2 of 2").size(), 3u);
  both.merge(groups.at("diagnose: half 2 of 2"));
  EXPECT_EQ(both.size(), 6u);
}

TEST(DiagnoseGroups, TooFewForTwoHalvesAreSaid) {
  ScriptedStudy scripted;
  deal_in_groups(scripted);
  std::fill(scripted.dataset.split_keys.begin(), scripted.dataset.split_keys.end(), 1);
  auto& study = scripted.study();
  hold_out(study);
  EXPECT_FALSE(study.out_of_fold);
  ASSERT_EQ(study.left_out.size(), 1u);
  EXPECT_EQ(study.left_out.front().why,
            "half of the training part, by whole groups, is fewer than 20 samples");
}

TEST_F(DiagnoseTime, AHalfThatDivergesIsSaid) {
  scripted.script.losses = [](const training::FitOptions& options,
                              const ScriptedNetwork&) -> Script::Losses {
    if (options.label == "diagnose: half 2 of 2") return std::nullopt;
    return std::vector<double>{1.0, 0.5};
  };
  auto& study = scripted.study();
  hold_out(study);
  EXPECT_FALSE(study.out_of_fold);
  tell_what_is_left_out(study);
  const auto finding = the_finding(study.result, "diagnosis-left-out");
  EXPECT_THAT(finding.message, HasSubstr("held-out samples, with shift and labels (the training on "
                                         "half 2 of 2 failed: "));
  EXPECT_THAT(finding.message, HasSubstr("the loss is not finite"));
  EXPECT_TRUE(finding.evidence["parts"][0]["seconds"].is_null());
  EXPECT_EQ(finding.advice,
            "Take the diagnosis without these parts until what the message names is mended.");
}

}  // namespace
}  // namespace dlwork::phase::diagnose
