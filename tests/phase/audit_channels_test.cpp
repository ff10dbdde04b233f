#include <gmock/gmock.h>

#include <cmath>

#include "series_files.h"

/// How the values of channels are distributed.
namespace dlwork {
namespace {

using artefact::Severity;
using series_files::audit;
using series_files::kSteps;
using series_files::Series;
using series_files::ts;
using series_files::waves;
using testing::Becomes;
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
    EXPECT_TRUE(testing::findings_of(result, id).empty()) << id;
  }
}

}  // namespace
}  // namespace dlwork
