#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <stdexcept>

#include "phase/features/gradients.h"
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

/// One grey picture of 28 x 28, a cell of slopes being 4 x 4, whose right half is light.
data::Pictures half_light(std::uint8_t light, bool turned) {
  data::Pictures pictures{1, 1, 28, 28, {}};
  for (int y = 0; y < 28; ++y) {
    for (int x = 0; x < 28; ++x) pictures.pixels.push_back((turned ? y : x) >= 14 ? light : 0);
  }
  return pictures;
}

TEST(OrientedGradients, TellWhereEdgesAreAndHowTheyLie) {
  const auto at = [](const Matrix& features, int y, int x, int orientation) {
    return features(0, (7 * y + x) * 9 + orientation);
  };
  const Matrix edge = oriented_gradients(half_light(200, false), {0}, 1);
  ASSERT_EQ(edge.cols(), 441);
  // Pixels 13 and 14 of each row slope; cell 3 gets 7/8 of both, cells 2 and 4 an eighth of one.
  const double slope = 200.0 / 255 / 16, most = 4 * 1.75 * slope, least = 4 * 0.125 * slope;
  EXPECT_FLOAT_EQ(at(edge, 3, 3, 0), 0.2f) << "cut";
  const double beside = least / std::sqrt(2 * (most * most + least * least) + 1e-4);
  EXPECT_NEAR(at(edge, 3, 2, 0), (2 * beside + 2 * 0.2) / 4, 1e-5);
  EXPECT_FLOAT_EQ(at(edge, 3, 4, 0), at(edge, 3, 2, 0));
  EXPECT_EQ(at(edge, 3, 0, 0), 0);
  for (int o = 1; o < 9; ++o) EXPECT_EQ(at(edge, 3, 3, o), 0);
  const Matrix turned = oriented_gradients(half_light(200, true), {0}, 1);
  EXPECT_EQ(at(turned, 3, 3, 0), 0);
  EXPECT_NEAR(at(turned, 3, 3, 4), 0.2, 1e-6) << "a right angle lies between two orientations";
  EXPECT_NEAR(at(turned, 3, 3, 5), 0.2, 1e-6);
  const Matrix dim = oriented_gradients(half_light(100, false), {0}, 1);
  EXPECT_NEAR((dim - edge).norm() / edge.norm(), 0, 0.01) << "whatever the light";
}

TEST(OrientedGradients, AreTheSameForAnyThreadsAndSizes) {
  data::Pictures large{150, 3, 160, 96, {}};
  for (std::int64_t i = 0; i < large.count * large.size(); ++i) {
    large.pixels.push_back(static_cast<std::uint8_t>(i * i % 251));
  }
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 149; i >= 0; --i) rows.push_back(i);
  const Matrix one = oriented_gradients(large, rows, 1), two = oriented_gradients(large, rows, 2);
  EXPECT_EQ((one - two).norm(), 0);
  EXPECT_TRUE(one.allFinite());
  const data::Pictures dot{1, 1, 1, 1, {7}};
  EXPECT_EQ(oriented_gradients(dot, {0}, 1).norm(), 0);
}

}  // namespace
}  // namespace dlwork::phase
