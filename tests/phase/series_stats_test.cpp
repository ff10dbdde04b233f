#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "dlwork/base/rng.h"
#include "phase/audit/stats/unit_root.h"

/// Tests of series, against statsmodels 0.15: adfuller(x), kpss(x, regression="c", nlags="auto")
/// and acf(x, adjusted=True) of the same numbers.
namespace dlwork::phase::audit {
namespace {

constexpr int kSteps = 200;

double chirp(int i) { return std::sin(1.7 * i + 0.3 * i * i); }

/// Each value is `kept` of the one before and a chirp.
std::vector<double> carried(double kept) {
  std::vector<double> values{0};
  for (int i = 1; i < kSteps; ++i) values.push_back(kept * values.back() + chirp(i));
  return values;
}

std::vector<double> yearly() {
  std::vector<double> values;
  for (int i = 0; i < kSteps; ++i) {
    values.push_back(std::sin(2 * std::numbers::pi * i / 12) + 0.3 * chirp(i));
  }
  return values;
}

TEST(DickeyFuller, IsThatOfStatsmodels) {
  const auto damped = dickey_fuller(carried(0.5));
  EXPECT_NEAR(damped.statistic, -7.797014735787042, 1e-8);
  EXPECT_EQ(damped.lags, 0);
  EXPECT_NEAR(damped.critical, -2.8761761179270766, 1e-9);
  EXPECT_TRUE(damped.rejects());
  const auto walk = dickey_fuller(carried(1));
  EXPECT_NEAR(walk.statistic, -2.1211020873033584, 1e-8);
  EXPECT_FALSE(walk.rejects());
  const auto season = dickey_fuller(yearly());
  EXPECT_NEAR(season.statistic, -2.8429608665035357, 1e-6);
  EXPECT_EQ(season.lags, 12);
  EXPECT_NEAR(season.critical, -2.877123351472649, 1e-9);
}

TEST(LevelTest, IsThatOfStatsmodels) {
  const auto damped = level_test(carried(0.5));
  EXPECT_NEAR(damped.statistic, 0.28648597402596315, 1e-10);
  EXPECT_EQ(damped.lags, 6);
  EXPECT_FALSE(damped.rejects());
  const auto walk = level_test(carried(1));
  EXPECT_NEAR(walk.statistic, 1.619181045817478, 1e-10);
  EXPECT_EQ(walk.lags, 9);
  EXPECT_TRUE(walk.rejects());
  EXPECT_NEAR(level_test(yearly()).statistic, 0.02852605819639871, 1e-10);
}

TEST(Autocorrelation, IsThatOfStatsmodels) {
  const auto damped = autocorrelation(carried(0.5), 12);
  ASSERT_EQ(damped.size(), 13u);
  EXPECT_EQ(damped[0], 1);
  EXPECT_NEAR(damped[1], 0.5301370061708138, 1e-12);
  EXPECT_NEAR(damped[2], 0.27079906079548866, 1e-12);
  EXPECT_NEAR(autocorrelation(yearly(), 12)[12], 0.9173848570471839, 1e-12);
  EXPECT_EQ(season_of(yearly(), 0.7), 12);
  EXPECT_EQ(season_of(carried(0.5), 0.7), 0);
  EXPECT_EQ(season_of(carried(1), 0.7), 0) << "a slow fall is no season";
}

TEST(Seasons, TheUsualOneIsOneThatSeriesHave) {
  Seasons seasons;
  for (const int season : {7, 7, 12, 12, 12, 0}) seasons.add(season);
  EXPECT_EQ(seasons.usual(), 12) << "and no mean of two";
  for (int i = 0; i < 4; ++i) seasons.add(0);
  EXPECT_EQ(seasons.usual(), 0) << "half of them have none";
  EXPECT_EQ(Seasons().usual(), 0);
}

TEST(LevelChanges, AreFoundWhereTheyAre) {
  Rng rng(1, "levels");
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) values.push_back(rng.normal());
  EXPECT_TRUE(level_changes(values, 10).empty());
  for (int i = 120; i < 200; ++i) values[i] += 4;
  const auto changes = level_changes(values, 10);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(changes[0]), 120, 2);
  EXPECT_NEAR(static_cast<double>(changes[1]), 200, 2);
  EXPECT_TRUE(level_changes(std::vector<double>(100, 3.0), 10).empty());
  EXPECT_TRUE(level_changes({1, 2, 3}, 10).empty()) << "too few";
}

}  // namespace
}  // namespace dlwork::phase::audit
