#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "series_files.h"

/// Gaps of series, and sensors at their limits.
namespace dlwork {
namespace {

using artefact::Severity;
using series_files::audit;
using series_files::kHead;
using series_files::kSteps;
using series_files::Series;
using series_files::ts;
using series_files::waves;
using testing::Becomes;
using testing::findings_of;
using testing::PhaseOverFiles;
using testing::the_finding;

TEST(AuditSeriesGaps, ThoseThatTellTheTargetAreAnError) {
  auto train = waves(120, 1);
  for (Series& series : train) {
    if (series.label == "a") std::fill_n(series.second.begin() + 20, 10, NAN);
  }
  train[7].first[3] = NAN;  // tells nothing
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(waves(100, 2)));
  const auto leak = the_finding(result, "leak-missingness");
  EXPECT_EQ(leak.severity, Severity::kError);
  EXPECT_EQ(leak.evidence["channel"], 2);
  EXPECT_GT(leak.evidence["score"].get<double>(), 0.9);
  std::size_t gappy = 0;
  for (const auto row : phase.train_rows) gappy += train[row].label == "a" ? 1 : 0;
  EXPECT_EQ(leak.evidence["series"], gappy);
  run_rounds(phase, result,
             {{1, "missing_skill", 1.1, "leak-missingness", "channel 2", Becomes::kGone}});
}

TEST(AuditSeriesGaps, SeriesThatLackMostOfTheirValuesAreNamed) {
  PhaseOverFiles phase;
  auto train = waves(120, 1);
  const std::string test = ts(waves(100, 2));
  EXPECT_TRUE(findings_of(audit(phase, ts(train), test), "row-mostly-missing").empty());
  const auto mostly = phase.train_rows[5], half = phase.train_rows[6];
  train[mostly].first.assign(kSteps, NAN);
  std::fill_n(train[mostly].second.begin(), kSteps / 2, NAN);  // three quarters in all
  train[half].first.assign(kSteps, NAN);
  const auto result = audit(phase, ts(train), test);
  const auto few = the_finding(result, "row-mostly-missing");
  EXPECT_EQ(few.severity, Severity::kInfo);
  EXPECT_EQ(few.evidence["rows"], Json::array({"train.ts:" + std::to_string(kHead + 1 + mostly)}));
  run_rounds(phase, result, {{1, "row_missing", 0.8, "row-mostly-missing", "", Becomes::kGone}});
}

TEST(AuditSeriesLimits, SensorsAtTheirLimitAreTold) {
  auto train = waves(120, 1);
  for (Series& series : train) {
    for (double& value : series.first) value = std::min(value, 1.25);
  }
  PhaseOverFiles phase;
  const auto result = audit(phase, ts(train), ts(waves(100, 2)));
  const auto cut = the_finding(result, "value-censored");
  EXPECT_EQ(cut.severity, Severity::kInfo);
  EXPECT_EQ(cut.evidence["channel"], 1);
  EXPECT_EQ(cut.evidence["value"], 1.25);
  std::int64_t steps = 0;
  for (const auto row : phase.train_rows) {
    const auto& values = train[row].first;
    steps += std::count(values.begin(), values.end(), 1.25);
  }
  EXPECT_EQ(cut.evidence["steps"], steps);
  EXPECT_THAT(cut.message, ::testing::HasSubstr("are exactly its greatest, 1.25, in "));
  run_rounds(phase, result,
             {
                 {1, "censored_factor", 1e6, "value-censored", "channel 1", Becomes::kGone},
                 {2, "censored_share", 0.9, "value-censored", "channel 1", Becomes::kGone},
             });
}

/// Each has one 1, its own greatest.
TEST(AuditSeriesLimits, SeriesScaledToTheirOwnRangeAreNotCut) {
  auto train = waves(120, 1);
  for (Series& series : train) {
    for (auto* channel : {&series.first, &series.second}) {
      const auto [least, most] = std::minmax_element(channel->begin(), channel->end());
      const double low = *least, high = *most;
      for (double& value : *channel) value = (value - low) / (high - low);
    }
  }
  const auto result = audit(train, waves(100, 2));
  EXPECT_TRUE(findings_of(result, "value-censored").empty());
}

}  // namespace
}  // namespace dlwork
