#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <stdexcept>

#include "phase/features/matrix.h"
#include "phase/features/projection.h"
#include "phase/features/shrink.h"

namespace dlwork::phase {
namespace {

TEST(Blocks, CoverEveryRowOnce) {
  std::vector<std::atomic<int>> seen(1000);
  for_each_block(1000, 64, 3, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin % 64, 0);
    for (std::int64_t i = begin; i < end; ++i) ++seen[i];
  });
  for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
}

TEST(Blocks, PassOnTheErrorOfAThread) {
  EXPECT_THROW(for_each_block(1000, 10, 2,
                              [](std::int64_t begin, std::int64_t) {
                                if (begin == 500) throw std::runtime_error("five hundred");
                              }),
               std::runtime_error);
}

Matrix waves() {
  Matrix matrix(40, 12);
  for (int i = 0; i < 40; ++i) {
    for (int j = 0; j < 12; ++j) {
      matrix(i, j) = static_cast<float>(std::sin(0.37 * i * (j + 1)) + 0.1 * std::cos(i + 3.0 * j));
    }
  }
  return matrix;
}

// numpy.linalg.svd of the centred matrix: the first four carry 0.656718.
TEST(Projection, KeepsTheVarianceOfTheFirstComponents) {
  const auto projection = Projection::fit(waves(), 4, 1);
  EXPECT_NEAR(projection.kept_variance(), 0.656718, 0.003);
  EXPECT_EQ(projection.apply(waves()).cols(), 4);
}

TEST(Projection, KeepsDistancesWhenItKeepsEveryDirection) {
  const Matrix samples = waves();
  const Matrix projected = Projection::fit(samples, 50, 1).apply(samples);
  ASSERT_EQ(projected.cols(), 12);
  for (int i = 1; i < 40; ++i) {
    EXPECT_NEAR((projected.row(0) - projected.row(i)).norm(),
                (samples.row(0) - samples.row(i)).norm(), 1e-4);
  }
}

data::Pictures pictures(std::int64_t side) {
  data::Pictures pictures;
  pictures.count = 2;
  pictures.channels = 1;
  pictures.height = pictures.width = side;
  for (std::int64_t i = 0; i < 2 * side * side; ++i) {
    pictures.pixels.push_back(static_cast<std::uint8_t>(i % 251));
  }
  return pictures;
}

TEST(Shrink, LeavesSmallPicturesAsTheyAre) {
  const auto small = shrink(pictures(32), {1, 0});
  EXPECT_EQ(small.block, 1);
  EXPECT_EQ(small.columns, 1024);
  EXPECT_FLOAT_EQ(small.values[0], (1024 % 251) / 255.0f);
  EXPECT_FLOAT_EQ(small.values[1024 + 3], 3 / 255.0f);
}

TEST(Shrink, TakesMeansOfBlocksWithRaggedEdges) {
  const auto small = shrink(pictures(65), {0});
  EXPECT_EQ(small.block, 3);  // 33 x 33 blocks of 2 would be more than 1,024
  EXPECT_EQ(small.columns, 22 * 22);
  double sum = 0;
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) sum += (y * 65 + x) % 251;
  }
  EXPECT_NEAR(small.values[0], sum / 9 / 255, 1e-6);
  // The last block holds the last two rows and columns.
  sum = 0;
  for (int y = 63; y < 65; ++y) {
    for (int x = 63; x < 65; ++x) sum += (y * 65 + x) % 251;
  }
  EXPECT_NEAR(small.values.back(), sum / 4 / 255, 1e-6);
}

}  // namespace
}  // namespace dlwork::phase
