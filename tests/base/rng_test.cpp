#include "dlwork/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dlwork/base/error.h"
#include "dlwork/base/stats.h"

namespace dlwork {
namespace {

// From a separate implementation of the paper's algorithm, state 1, 2, 3, 4.
TEST(Rng, FollowsTheReferenceAlgorithm) {
  Rng rng(0, "any");
  rng.restore({1, 2, 3, 4, ~std::uint64_t{0}});
  for (const std::uint64_t expected :
       {std::uint64_t{11520}, std::uint64_t{0}, std::uint64_t{1509978240},
        std::uint64_t{1215971899390074240}, std::uint64_t{1216172134540287360},
        std::uint64_t{607988272756665600}}) {
    EXPECT_EQ(rng.next(), expected);
  }
}

TEST(Rng, SeparatesSeedsAndPurposes) {
  EXPECT_EQ(Rng(1, "split").next(), Rng(1, "split").next());
  EXPECT_NE(Rng(1, "split").next(), Rng(2, "split").next());
  EXPECT_NE(Rng(1, "split").next(), Rng(1, "order").next());
  EXPECT_NE(derive_seed(1, "trial 1"), derive_seed(1, "trial 2"));
}

TEST(Rng, GoesOnFromItsState) {
  Rng rng(7, "order");
  rng.normal();  // leaves the second of the pair waiting
  const std::vector<std::uint64_t> saved = rng.state();
  ASSERT_EQ(saved.size(), 5u);
  std::vector<double> expected;
  for (int i = 0; i < 9; ++i) expected.push_back(rng.normal());
  Rng other(8, "order");
  other.restore(saved);
  for (const double value : expected) EXPECT_EQ(other.normal(), value);
}

TEST(Rng, RefusesADamagedState) {
  Rng rng(1, "order");
  EXPECT_THROW(rng.restore({1, 2, 3}), Error);
  EXPECT_THROW(rng.restore({0, 0, 0, 0, 0}), Error);
}

TEST(Rng, DrawsUniformly) {
  Rng rng(3, "test");
  constexpr int kDraws = 100'000;
  std::vector<int> counts(7);
  double least = 1, most = 0;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[rng.below(7)];
    const double value = rng.uniform();
    least = std::min(least, value);
    most = std::max(most, value);
  }
  double chi_square = 0;
  for (const int count : counts) chi_square += std::pow(count - kDraws / 7.0, 2) / (kDraws / 7.0);
  EXPECT_GT(chi_square_tail(chi_square, 6), 0.001);
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_LT(least, 1e-3);
  EXPECT_GT(most, 1 - 1e-3);
}

TEST(Rng, DrawsNormalNumbers) {
  Rng rng(4, "test");
  std::vector<double> values(100'000);
  for (double& value : values) value = rng.normal();
  EXPECT_NEAR(mean(values), 0, 0.015);
  EXPECT_NEAR(standard_deviation(values), 1, 0.01);
  EXPECT_NEAR(quantile(values, 0.975), 1.95996, 0.03);
}

TEST(Rng, PermutesEveryIndexOnce) {
  Rng rng(5, "order");
  const std::vector<std::int64_t> order = rng.permutation(1000);
  EXPECT_EQ(std::set<std::int64_t>(order.begin(), order.end()).size(), 1000u);
  EXPECT_EQ(*std::min_element(order.begin(), order.end()), 0);
  EXPECT_EQ(*std::max_element(order.begin(), order.end()), 999);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_TRUE(rng.permutation(0).empty());
}

}  // namespace
}  // namespace dlwork
