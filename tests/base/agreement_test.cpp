#include "dlwork/base/agreement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dlwork {
namespace {

// sklearn.metrics.cohen_kappa_score
TEST(Agreement, CohensKappaAgreesWithScikitLearn) {
  EXPECT_NEAR(cohen_kappa({0, 1, 2, 2, 1, 0, 0, 1}, {0, 1, 2, 1, 1, 0, 2, 0}, 3),
              0.4285714285714286, 1e-15);
  EXPECT_NEAR(cohen_kappa({0, 1, 2, 2, 1, 0, 0, 1, 1}, {0, 1, 2, 1, 1, 0, 2, 0, -1}, 3),
              0.4285714285714286, 1e-15);
  EXPECT_EQ(cohen_kappa({1, 1}, {1, 1}, 2), 1);
  EXPECT_TRUE(std::isnan(cohen_kappa({-1}, {0}, 2)));
}

// Fleiss 1971's way on ten items rated by 14 people, computed with numpy.
TEST(Agreement, FleissKappaAgreesWithItsFormula) {
  const std::vector<std::vector<int>> counts{
      {0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1},
      {7, 7, 0, 0, 0},  {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}};
  Ratings ratings;
  for (const auto& item : counts) {
    ratings.emplace_back();
    for (std::size_t c = 0; c < item.size(); ++c) {
      ratings.back().insert(ratings.back().end(), item[c], static_cast<std::int32_t>(c));
    }
  }
  EXPECT_NEAR(fleiss_kappa(ratings, 5), 0.20993070442195522, 1e-14);
}

// Krippendorff 2004's example of three people, some of whom left items out: 0.691.
TEST(Agreement, KrippendorffsAlphaTakesGaps) {
  const std::vector<std::int32_t> a{0, 0, 0, 0, 0, 3, 4, 1, 2, 1, 1, 3, 3, 0, 3};
  const std::vector<std::int32_t> b{1, 0, 2, 1, 3, 3, 4, 3, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<std::int32_t> c{0, 0, 2, 1, 3, 4, 4, 0, 2, 1, 1, 3, 3, 0, 4};
  Ratings ratings;
  for (std::size_t i = 0; i < a.size(); ++i) ratings.push_back({a[i] - 1, b[i] - 1, c[i] - 1});
  EXPECT_NEAR(krippendorff_alpha(ratings, 4), 0.691, 5e-4);
  EXPECT_EQ(krippendorff_alpha({{0, 0}, {0, 0}}, 2), 1);
}

}  // namespace
}  // namespace dlwork
