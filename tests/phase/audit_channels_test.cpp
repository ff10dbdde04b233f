#include <gmock/gmock.h>

#include <cmath>

#include "series_files.h"

/// How the values of channels are distributed, and figures of channels that tell the target.
namespace dlwork {
namespace {

using artefact::Severity;
using series_files::audit;
using series_files::kSteps;
using series_files::Series;
using series_files::ts;
using series_files::waves;
using testing::Becomes;
using testing::findings_of;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

/// Each series has the same values in an order of its own, so that any part has the same shape: the
/// first channel powers of 2 from 1 to 27,554, the second 36 zeros among 24 values about 0.
std::vector<Series> of_one_shape(int count, std::uint64_t seed) {
  auto all = waves(count, seed);
  Rng rng(seed, "shape");
  for (Series& series : all) {
    const auto first = rng.permutation(kSteps), second = rng.permutation(kSteps);
    for (int t = 0; t < kSteps; ++t) {
      series.first[first[t]] = std::exp2(t / 4.0);
      series.second[second[t]] = t < 12 ? (t - 12) / 1000.0 : t < 24 ? (t - 11) / 1000.0 : 0;
    }
  }
  return all;
}

/// Figures by NumPy.
TEST(AuditChannels, SkewZerosAndScalesAreTold) {
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(of_one_shape(120, 1)), ts(of_one_shape(100, 2)));
  const auto skew = the_finding(result, "value-skew");
  EXPECT_EQ(skew.severity, Severity::kInfo);
  EXPECT_EQ(skew.evidence["channel"], 1);
  EXPECT_NEAR(skew.evidence["skewness"].get<double>(), 2.5934179, 1e-5);
  EXPECT_EQ(skew.evidence["transform"], "log1p");
  EXPECT_NEAR(skew.evidence["skewness_after"].get<double>(), 0.0826451, 1e-5);
  EXPECT_THAT(skew.message, HasSubstr("channel 1 is skewed (2.59); log(1 + x) leaves"));
  const auto zeros = the_finding(result, "value-zero-inflated");
  EXPECT_EQ(zeros.severity, Severity::kInfo);
  EXPECT_EQ(zeros.evidence["channel"], 2);
  EXPECT_DOUBLE_EQ(zeros.evidence["share"].get<double>(), 0.6);
  EXPECT_THAT(zeros.message, HasSubstr(" of channel 2 are exactly 0"));
  const auto scales = the_finding(result, "value-scale-disparity");
  EXPECT_EQ(scales.severity, Severity::kInfo);
  EXPECT_EQ(scales.evidence["channels"], Json::array({1, 2}));
  EXPECT_NEAR(scales.evidence["ratio"].get<double>(), 1268670.85, 10);
  EXPECT_THAT(scales.message, HasSubstr("channel 1 spreads "));
  EXPECT_THAT(scales.message, HasSubstr(" times as wide as channel 2"));
  run_rounds(phase, result,
             {
                 {1, "skew_info", 1e6, "value-skew", "channel 1", Becomes::kGone},
                 {1, "zeros_share", 0.61, "value-zero-inflated", "channel 2", Becomes::kGone},
                 {1, "scale_ratio", 1e9, "value-scale-disparity", "", Becomes::kGone},
                 {2, "skew_warn", 2.5, "value-skew", "channel 1", Becomes::kWarn},
                 {2, "kurtosis", 6, "value-heavy-tail", "channel 1", Becomes::kTold},
             });
}

/// Normal values of one scale are nothing to tell.
TEST(AuditChannels, PlainValuesAreNotTold) {
  const auto result = audit(waves(120, 1), waves(100, 2));
  for (const char* id :
       {"value-skew", "value-heavy-tail", "value-zero-inflated", "value-scale-disparity"}) {
    EXPECT_TRUE(findings_of(result, id).empty()) << id;
  }
}

/// The second channel is 1.5 throughout where the class is a, and -2 where it is b.
TEST(AuditChannels, OneThatHoldsTheClassIsAnError) {
  auto train = waves(120, 1), test = waves(100, 2);
  for (auto* part : {&train, &test}) {
    for (Series& series : *part) series.second.assign(kSteps, series.label == "a" ? 1.5 : -2);
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(test));
  const auto copy = the_finding(result, "leak-target-copy");
  EXPECT_EQ(copy.severity, Severity::kError);
  EXPECT_EQ(copy.evidence["channel"], 2);
  EXPECT_EQ(copy.evidence["figure"], "mean");
  EXPECT_EQ(copy.message,
            "the mean of channel 2 is the target in other words: one value of the one for each of "
            "the other");
  EXPECT_EQ(the_finding(result, "leak-single-feature").evidence["channel"], 2);
}

/// It may be what the channel is there to measure.
TEST(AuditChannels, AMeasuredLevelThatPartsTheClassesIsAWarning) {
  auto train = waves(120, 1);
  for (Series& series : train) {
    for (double& value : series.second) value += series.label == "a" ? 0 : 5;
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(waves(100, 2)));
  EXPECT_TRUE(findings_of(result, "leak-target-copy").empty());
  const auto told = the_finding(result, "leak-single-feature");
  EXPECT_EQ(told.severity, Severity::kWarn);
  EXPECT_EQ(told.evidence["channel"], 2);
  EXPECT_EQ(told.evidence["figure"], "mean");
  EXPECT_GT(told.evidence["score"].get<double>(), 0.95);
  EXPECT_LT(told.evidence["next"].get<double>(), 0.5);
  EXPECT_THAT(told.message, HasSubstr("the mean of channel 2 alone tells the target (score "));
  const auto table = testing::the_table(result, "channel-skill");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0][0], "the mean of channel 2");
  run_rounds(phase, result,
             {{1, "skill_warn", 1.1, "leak-single-feature", "channel 2", Becomes::kGone}});
}

artefact::PhaseResult audit_numbers(PhaseOverFiles& phase, const std::vector<Series>& train) {
  phase.project.task = "regression";
  phase.project.goal.metric = "mae";
  return audit(phase, ts(train, "@targetLabel true"), ts(train, "@targetLabel true"));
}

TEST(AuditChannels, OneWhoseMeanIsTheNumberIsAnError) {
  auto train = waves(120, 1);
  for (Series& series : train) {
    double sum = 0;
    for (const double value : series.second) sum += value;
    series.label = number_text(3 - 2 * sum / kSteps);
  }
  PhaseOverFiles phase;
  const auto result = audit_numbers(phase, train);
  const auto copy = the_finding(result, "leak-target-copy");
  EXPECT_EQ(copy.severity, Severity::kError);
  EXPECT_EQ(copy.evidence["channel"], 2);
  EXPECT_EQ(copy.evidence["figure"], "mean");
  run_rounds(phase, result,
             {{1, "copy_correlation", 1.1, "leak-target-copy", "channel 2", Becomes::kGone}});
}

/// Walks that start far from each other: whatever comes next has the order of their levels.
TEST(AuditChannels, ALevelThatForecastsIsNoCopy) {
  auto train = waves(120, 1);
  Rng rng(3, "far walks");
  for (std::size_t i = 0; i < train.size(); ++i) {
    double walk = 1000.0 * static_cast<double>(i);
    for (double& value : train[i].first) value = walk += rng.normal();
    train[i].label = number_text(walk + rng.normal());
  }
  PhaseOverFiles phase;
  const auto result = audit_numbers(phase, train);
  EXPECT_TRUE(findings_of(result, "leak-target-copy").empty());
  EXPECT_TRUE(findings_of(result, "leak-single-feature").empty());
}

}  // namespace
}  // namespace dlwork
