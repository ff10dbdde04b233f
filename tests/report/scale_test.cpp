#include "report/scale.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/base/rng.h"

namespace dlwork::report {
namespace {

std::vector<std::string> texts(const std::vector<Tick>& all) {
  std::vector<std::string> found;
  for (const Tick& tick : all) found.push_back(tick.text);
  return found;
}

using Texts = std::vector<std::string>;

TEST(Ticks, AreRoundNumbersWithinTheRange) {
  EXPECT_EQ(texts(ticks(Scale({0, 1}, Axis::kLinear), 6)),
            (Texts{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(texts(ticks(Scale({0.22, 1.1}, Axis::kLinear), 5)),
            (Texts{"0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(texts(ticks(Scale({-3, 12}, Axis::kLinear), 4)), (Texts{"0", "5", "10"}));
  EXPECT_EQ(texts(ticks(Scale({0, 60000}, Axis::kLinear), 4)),
            (Texts{"0", "20,000", "40,000", "60,000"}));
  EXPECT_EQ(texts(ticks(Scale({0, 3e-6}, Axis::kLinear), 4)),
            (Texts{"0", "1e-06", "2e-06", "3e-06"}));
}

TEST(Ticks, AreWholeWhereTheValuesAre) {
  EXPECT_EQ(texts(ticks(Scale({1, 3}, Axis::kLinear), 9, Values::kWhole)), (Texts{"1", "2", "3"}));
}

TEST(Ticks, OfALogarithmicAxisArePowersOfTen) {
  EXPECT_EQ(texts(ticks(Scale({1, 1000}, Axis::kLogarithmic), 6)),
            (Texts{"1", "10", "100", "1000"}));
  EXPECT_EQ(texts(ticks(Scale({0.5, 20}, Axis::kLogarithmic), 6)),
            (Texts{"0.5", "1", "2", "5", "10", "20"}));
}

TEST(Ticks, OfNeighbouringValuesReadDifferently) {
  const auto found = texts(ticks(Scale({1e6, 1e6 + 4}, Axis::kLinear), 5));
  EXPECT_EQ(found, (Texts{"1000000", "1000001", "1000002", "1000003", "1000004"}));
}

TEST(Scale, GivesASingleValueRoom) {
  const Scale scale({5, 5}, Axis::kLinear);
  EXPECT_DOUBLE_EQ(scale.range().low, 4.5);
  EXPECT_DOUBLE_EQ(scale.range().high, 5.5);
  EXPECT_DOUBLE_EQ(scale.place(5), 0.5);
  EXPECT_DOUBLE_EQ(Scale({0, 0}, Axis::kLinear).place(0), 0.5);
  EXPECT_DOUBLE_EQ(Scale({7, 7}, Axis::kLogarithmic).place(7), 0.5);
}

TEST(Scale, PlacesByRatioOnALogarithmicAxis) {
  EXPECT_NEAR(Scale({1, 100}, Axis::kLogarithmic).place(10), 0.5, 1e-12);
}

class TicksOfAnyRange : public ::testing::TestWithParam<int> {};

TEST_P(TicksOfAnyRange, LieInsideAscendAndAreNotTooMany) {
  Rng rng(static_cast<std::uint64_t>(GetParam()), "ticks");
  const double size = std::pow(10.0, rng.uniform(-140, 140));
  const double low = rng.uniform(-1, 1) * size;
  const Scale scale({low, low + rng.uniform() * size * std::pow(10.0, rng.uniform(-9, 0))},
                    Axis::kLinear);
  for (const int most : {1, 2, 5, 9}) {
    const auto found = ticks(scale, most);
    EXPECT_LE(found.size(), static_cast<size_t>(most));
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_GE(scale.place(found[i].value), -1e-3);
      EXPECT_LE(scale.place(found[i].value), 1 + 1e-3);
      if (i > 0) {
        EXPECT_GT(found[i].value, found[i - 1].value);
      }
    }
    if (most >= 5) {
      EXPECT_GE(found.size(), 2u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TicksOfAnyRange, ::testing::Range(0, 50));

}  // namespace
}  // namespace dlwork::report
