#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "dlwork/base/stats.h"
#include "dlwork/training/metrics.h"

namespace dlwork::training {
namespace {

struct Placed {
  Outputs outputs;
  data::Target target;
  std::vector<std::int64_t> rows;
};

Placed placed(std::int64_t columns, std::vector<float> values, std::vector<std::int32_t> codes) {
  Placed p;
  p.outputs = {static_cast<std::int64_t>(values.size()) / columns, columns, std::move(values)};
  p.target.codes = std::move(codes);
  p.rows.resize(p.target.codes.size());
  std::iota(p.rows.begin(), p.rows.end(), 0);
  return p;
}

double value(const std::string& name, const Placed& p) {
  return compute_metric(name, p.outputs, p.target, p.rows);
}

// On a line, by hand: 0 and 1 are each other's nearest and of a class, which 8 is of too; 3 and 7
// are of the other, and each has one of the first nearest.
Placed on_a_line(float shift) {
  return placed(1, {shift, 1 + shift, 3 + shift, 7 + shift, 8 + shift}, {0, 0, 1, 1, 0});
}

TEST(SimilarityMetrics, OfPointsOnALineAreTheHandsFigures) {
  EXPECT_NEAR(value("recall-at-1", on_a_line(0)), 2.0 / 5, 1e-7);
  // 0 and 1: the first of two places is right, the second is not; 8: neither.
  EXPECT_NEAR(value("map-at-r", on_a_line(0)), (0.5 + 0.5) / 5, 1e-7);
  EXPECT_NEAR(value("recall-at-1", on_a_line(65536)), 2.0 / 5, 1e-7) << "far from 0 too";
  EXPECT_NEAR(value("map-at-r", on_a_line(65536)), 1.0 / 5, 1e-7);
}

// numpy, by the papers' definitions.
TEST(SimilarityMetrics, AgreeWithTheirFormulas) {
  std::vector<float> wave;
  for (int i = 0; i < 24; ++i) wave.push_back(static_cast<float>(std::cos(0.7 * i)));
  auto p = placed(2, wave, {0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 2, 1});
  EXPECT_NEAR(value("recall-at-1", p), 0.25, 1e-7);
  EXPECT_NEAR(value("map-at-r", p), 0.12962963, 1e-7);
  // One that is alone of its class has no figure, but is there for the others.
  p.target.codes.back() = 3;
  EXPECT_NEAR(value("recall-at-1", p), 3.0 / 11, 1e-7);
  EXPECT_NEAR(value("map-at-r", p), 0.14646465, 1e-7);
  EXPECT_EQ(measure("recall-at-1", p.outputs, p.target, p.rows, 1).count, 11);
}

// The mean over all orders of the equally far ones, by enumeration in Python.
TEST(SimilarityMetrics, OfEquallyFarOnesAreTheMeanOverTheirOrders) {
  const auto p = placed(1, {0, 1, 1, -1, 2, 2}, {0, 0, 1, 0, 1, 0});
  EXPECT_NEAR(value("recall-at-1", p), 0.27777778, 1e-7);
  EXPECT_NEAR(value("map-at-r", p), 0.25154321, 1e-7);
  // All in one place: the chance that another one is of the class, 2 of 5 for four and 1 of 5.
  auto collapsed = placed(3, std::vector<float>(18, 0.1f), {0, 0, 0, 1, 1, 1});
  EXPECT_NEAR(value("recall-at-1", collapsed), 2.0 / 5, 1e-7);
}

TEST(SimilarityMetrics, RowsPickTheClassesInTheOrderOfTheOutputs) {
  auto p = on_a_line(0);
  p.target.codes = {9, 0, 9, 1, 1, 9, 0, 0};
  p.rows = {7, 6, 4, 3, 1};
  EXPECT_NEAR(value("recall-at-1", p), 2.0 / 5, 1e-7);
}

TEST(SimilarityMetrics, ARowThatIsThereTwiceIsNotItsOwnNeighbour) {
  auto p = placed(1, {0, 0, 1, 5, 5.5f}, {0, 1, 0});
  p.rows = {0, 0, 1, 2, 2};
  EXPECT_EQ(value("recall-at-1", p), 0) << "0 and 2 are of a class, 1 is between them";
}

TEST(SimilarityMetrics, AreNoNumberWhereNoClassHasTwo) {
  const auto p = placed(1, {0, 1}, {0, 1});
  EXPECT_TRUE(std::isnan(value("recall-at-1", p)));
  EXPECT_EQ(measure("map-at-r", p.outputs, p.target, p.rows, 1).count, 0);
  EXPECT_FALSE(measure("map-at-r", p.outputs, p.target, p.rows, 1).low.has_value());
}

// A row that is drawn twice is not its own neighbour: what is drawn are figures of rows.
TEST(SimilarityMetrics, IntervalsAreOfFiguresOfRows) {
  std::vector<float> values;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 40; ++i) {
    values.push_back(static_cast<float>(i));
    codes.push_back(i % 2);
  }
  const auto p = placed(1, values, codes);
  const auto recall = measure("recall-at-1", p.outputs, p.target, p.rows, 1);
  EXPECT_EQ(recall.value, 0) << "the nearest on either side are of the other class";
  EXPECT_NEAR(*recall.high, wilson(0, 40).high, 1e-9);
  const auto precision = measure("map-at-r", p.outputs, p.target, p.rows, 1);
  EXPECT_LT(*precision.low, precision.value);
  EXPECT_GT(*precision.high, precision.value);
  EXPECT_LT(*precision.high, 0.5) << "pairs of twins would be right";
  const auto each = judge_rows("map-at-r", p.outputs, p.target, p.rows);
  EXPECT_EQ(each.outputs.columns, 1);
  EXPECT_NEAR(compute_judged("map-at-r", each, p.target), precision.value, 1e-9);
}

}  // namespace
}  // namespace dlwork::training
