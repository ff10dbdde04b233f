#include "dlwork/base/sketches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dlwork/base/hash.h"
#include "dlwork/base/rng.h"

namespace dlwork {
namespace {

PowerSums sums_of(const std::vector<double>& values, std::size_t begin, std::size_t end) {
  PowerSums sums;
  for (std::size_t i = begin; i < end; ++i) sums.add(values[i]);
  return sums;
}

// numpy 2.4 and scipy 1.17: std(ddof=1), skew(), kurtosis() of these nine numbers.
TEST(PowerSums, AreThoseOfScipy) {
  const std::vector<double> values{3, 1, 4, 1, 5, 9, 2, 6, 50};
  const PowerSums sums = sums_of(values, 0, values.size());
  EXPECT_NEAR(sums.mean(), 9, 1e-12);
  EXPECT_NEAR(sums.deviation(), 15.588457268119896, 1e-12);
  EXPECT_NEAR(sums.skewness(), 2.3493177085489894, 1e-12);
  EXPECT_NEAR(sums.excess_kurtosis(), 3.760145176040237, 1e-12);
}

TEST(PowerSums, OfPartsAreThoseOfTheWholeAndDoNotCancel) {
  Rng rng(3, "sums");
  std::vector<double> values;
  // A sum of squares would lose every digit of the deviation here.
  for (int i = 0; i < 5000; ++i) values.push_back(1e9 + rng.normal() * rng.normal());
  const PowerSums whole = sums_of(values, 0, values.size());
  PowerSums merged;
  for (const std::size_t end : {0, 1, 17, 3000, 5000}) {
    static std::size_t begin = 0;
    merged.merge(sums_of(values, begin, end));
    begin = end;
  }
  EXPECT_EQ(merged.count(), 5000);
  EXPECT_NEAR(merged.mean(), whole.mean(), 1e-5);  // 14 digits
  EXPECT_NEAR(merged.deviation(), whole.deviation(), 1e-8);
  EXPECT_NEAR(whole.deviation(), 1, 0.1);
  EXPECT_NEAR(merged.skewness(), whole.skewness(), 1e-6);
  EXPECT_NEAR(merged.excess_kurtosis(), whole.excess_kurtosis(), 1e-5);
  EXPECT_EQ(PowerSums().deviation(), 0);
  EXPECT_EQ(sums_of({5, 5, 5}, 0, 3).skewness(), 0);
}

/// Largest distance of a quantile's rank from the one asked for, as a share.
double worst_rank(const QuantileSketch& sketch, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double worst = 0;
  std::vector<double> qs;
  for (double q = 0.01; q < 1; q += 0.01) qs.push_back(q);
  const auto found = sketch.quantiles(qs);
  for (std::size_t i = 0; i < qs.size(); ++i) {
    const double q = qs[i];
    const auto range = std::equal_range(values.begin(), values.end(), found[i]);
    const auto n = static_cast<double>(values.size());
    const double low = static_cast<double>(range.first - values.begin()) / n;
    const double high = static_cast<double>(range.second - values.begin()) / n;
    worst = std::max({worst, low - q, q - high});
  }
  return worst;
}

TEST(QuantileSketch, StaysWithinItsBoundForAnyOrder) {
  for (const char* order : {"random", "rising", "falling", "few"}) {
    Rng rng(5, order);
    QuantileSketch sketch(9);
    std::vector<double> values;
    for (int i = 0; i < 150'000; ++i) {
      const std::string kind = order;
      values.push_back(kind == "rising"    ? i
                       : kind == "falling" ? -i
                       : kind == "few"     ? static_cast<double>(rng.below(7))
                                           : std::exp(rng.normal()));
      sketch.add(values.back());
    }
    EXPECT_LE(worst_rank(sketch, values), sketch.rank_error()) << order;
    EXPECT_LT(sketch.rank_error(), 0.0046);
    EXPECT_LT(sketch.size(), 12'000u);
    EXPECT_EQ(sketch.quantile(0), *std::min_element(values.begin(), values.end()));
    EXPECT_EQ(sketch.quantile(1), *std::max_element(values.begin(), values.end()));
  }
}

TEST(QuantileSketch, MergedStaysWithinTheBoundAndKeepsEveryCount) {
  Rng rng(6, "merge");
  QuantileSketch all(1);
  std::vector<double> values;
  for (int part = 0; part < 40; ++part) {
    QuantileSketch one(static_cast<std::uint64_t>(part));
    for (int i = 0; i < 3000 + 7 * part; ++i) {
      values.push_back(rng.normal() + part);
      one.add(values.back());
    }
    all.merge(one);
  }
  EXPECT_EQ(all.count(), static_cast<std::int64_t>(values.size()));
  EXPECT_LE(worst_rank(all, values), all.rank_error());
}

TEST(QuantileSketch, IsExactWhileItHoldsEverything) {
  QuantileSketch sketch(2);
  EXPECT_TRUE(std::isnan(sketch.quantile(0.5)));
  for (int i = 100; i >= 0; --i) sketch.add(i);
  EXPECT_EQ(sketch.rank_error(), 0);
  EXPECT_EQ(sketch.quantiles({0, 0.25, 0.5, 1}), (std::vector<double>{0, 25, 50, 100}));
}

TEST(DistinctCount, StaysWithinFourStandardErrors) {
  for (const int count : {0, 1, 10, 1000, 20'000, 1'000'000}) {
    DistinctCount distinct;
    for (int round = 0; round < 2; ++round) {  // repeats change nothing
      for (int i = 0; i < count; ++i) distinct.add(hash64(&i, sizeof i));
    }
    EXPECT_NEAR(distinct.estimate(), count, 4 * DistinctCount::kStandardError * count + 1e-9);
  }
}

TEST(DistinctCount, OfPartsIsThatOfTheWhole) {
  DistinctCount whole, left, right;
  for (int i = 0; i < 50'000; ++i) {
    whole.add(hash64(&i, sizeof i));
    if (i < 30'000) left.add(hash64(&i, sizeof i));
    if (i > 20'000) right.add(hash64(&i, sizeof i));
  }
  left.merge(right);
  EXPECT_EQ(left.estimate(), whole.estimate());
}

}  // namespace
}  // namespace dlwork
