#include "dlwork/data/tsne.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dlwork::data {
namespace {

constexpr std::int64_t kRows = 90, kColumns = 8;

/// Noise that any program can make again, with three groups shifted in different columns.
std::vector<float> three_groups() {
  std::vector<float> values;
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t k = 0; k < kColumns; ++k) {
      const double v =
          std::sin(static_cast<double>(i) * 12.9898 + static_cast<double>(k) * 78.233) * 43758.5453;
      values.push_back(static_cast<float>(v - std::floor(v) + (i % 3 == k % 3 ? 1 : 0)));
    }
  }
  return values;
}

std::int64_t nearest(const Map& map, std::int64_t point) {
  std::int64_t best = -1;
  double least = 0;
  for (std::int64_t other = 0; other < kRows; ++other) {
    const double distance = std::hypot(map.x[other] - map.x[point], map.y[other] - map.y[point]);
    if (other != point && (best < 0 || distance < least)) {
      best = other;
      least = distance;
    }
  }
  return best;
}

TEST(Tsne, KeepsNeighboursTogetherAsWellAsScikitLearn) {
  const auto values = three_groups();
  const Map map = tsne(values.data(), kRows, kColumns, {15, 750});
  // sklearn.manifold.TSNE(method="exact", init="pca", perplexity=15, max_iter=750).kl_divergence_
  EXPECT_NEAR(map.divergence, 0.2674, 0.05 * 0.2674);
  int same = 0;
  for (std::int64_t i = 0; i < kRows; ++i) same += nearest(map, i) % 3 == i % 3 ? 1 : 0;
  EXPECT_GE(same, 87);
}

TEST(Tsne, GivesTheSameMapForTheSamePoints) {
  const auto values = three_groups();
  const Map first = tsne(values.data(), kRows, kColumns, {15, 60});
  const Map second = tsne(values.data(), kRows, kColumns, {15, 60});
  EXPECT_EQ(first.x, second.x);
  EXPECT_EQ(first.y, second.y);
}

TEST(Tsne, TakesFewPointsAndEqualOnes) {
  const std::vector<float> values(40, 1.5f);
  for (const std::int64_t rows : {0, 1, 2, 3, 4, 20}) {
    const Map map = tsne(values.data(), rows, 2);
    ASSERT_EQ(map.x.size(), static_cast<std::size_t>(rows));
    for (const double x : map.x) EXPECT_TRUE(std::isfinite(x)) << rows;
  }
  const std::vector<float> line{0, 1, 2, 10, 11, 12, 30, 31, 32};
  const Map map = tsne(line.data(), 9, 1);
  for (const double y : map.y) EXPECT_TRUE(std::isfinite(y));
}

}  // namespace
}  // namespace dlwork::data
