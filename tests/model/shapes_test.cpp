#include "model/shapes.h"

#include <gtest/gtest.h>

#include "support/layers.h"

namespace dlwork::model {
namespace {

using testing::layers;

data::FeatureShape pictures(std::int64_t channels, std::int64_t side) {
  return {{channels, side, side}, {}};
}

TEST(PlanLayers, InfersShapesAndAddsFlattenAndOutput) {
  const auto plan = plan_layers(
      layers("[{conv2d: {channels: 8, kernel: 5, padding: valid}}, relu, {max_pool2d: 2}, {linear: 16}]"),
      pictures(1, 28), 10);
  ASSERT_EQ(plan.size(), 6u);
  EXPECT_EQ(plan[0].output, (Shape{8, 24, 24}));
  EXPECT_EQ(plan[2].output, (Shape{8, 12, 12}));
  EXPECT_EQ(plan[3].name, "3 flatten");
  EXPECT_EQ(plan[3].output, (Shape{8 * 144}));
  EXPECT_EQ(plan[5].name, "5 output");
  EXPECT_EQ(plan[5].output, (Shape{10}));
}

TEST(PlanLayers, NamesTheLayerAndItsPlaceWhereShapesDoNotFit) {
  try {
    plan_layers(layers("\n    - conv2d: {channels: 4, kernel: 3}\n    - max_pool2d: 9\n"), pictures(1, 8), 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    const auto& problem = error.diagnostics().front();
    EXPECT_EQ(problem.at.line, 5);
    EXPECT_EQ(problem.key, "model.layers.1");
    EXPECT_EQ(problem.message, "max_pool2d: kernel 9 does not fit; its input is [4, 8, 8]");
    EXPECT_FALSE(problem.hint.empty());
  }
}

TEST(PlanLayers, RefusesConvolutionsOnTablesAndOutputsInTheMiddle) {
  EXPECT_THROW(plan_layers(layers("[{conv2d: 4}]"), {{7}, {}}, 2), Error);
  EXPECT_THROW(plan_layers(layers("[output, relu]"), {{7}, {}}, 2), Error);
  EXPECT_THROW(plan_layers(layers("[embedding]"), {{7}, {}}, 2), Error);
}

TEST(PlanLayers, EmbeddingWidensByTheRuleOfThumb) {
  // 3 numbers and categories of 4 and 200 values: 3 + 2 + 50.
  const auto plan = plan_layers(layers("[embedding, {linear: 8}]"), {{5}, {4, 200}}, 2);
  EXPECT_EQ(plan[0].output, (Shape{55}));
}

TEST(PlanLayers, ResidualKeepsInnerShapes) {
  const auto plan = plan_layers(
      layers("[{residual: {layers: [{conv2d: {channels: 16, stride: 2}}, relu]}}]"), pictures(8, 9), 2);
  EXPECT_EQ(plan[0].output, (Shape{16, 5, 5}));
  EXPECT_EQ(plan[0].inner[0].name, "0.0 conv2d");
}

std::string key_of_misfit(const std::string& yaml) {
  try {
    plan_layers(layers(yaml), pictures(2, 28), 2);
  } catch (const Error& error) {
    return error.diagnostics().front().key;
  }
  return "none";
}

TEST(PlanLayers, CountsLayersAsTheProjectFileDoes) {
  // The flatten that is added before `linear` is no layer of the user's.
  EXPECT_EQ(key_of_misfit("[{conv2d: 4}, {linear: 8}, relu, {conv2d: 4}]"), "model.layers.3");
  EXPECT_EQ(key_of_misfit("[relu, {residual: {layers: [relu, {max_pool2d: 40}]}}]"),
            "model.layers.1.layers.1");
}

TEST(PlanLayers, RefusesAResidualThatNoProjectionFits) {
  // 28 pixels to 26: no 1x1 convolution stands at 26 of 28 places.
  EXPECT_EQ(key_of_misfit("[{residual: {layers: [{conv2d: {channels: 2, padding: valid}}]}}]"),
            "model.layers.0");
  EXPECT_EQ(key_of_misfit("[{residual: {layers: [{max_pool2d: 2}]}}]"), "none");
  EXPECT_EQ(key_of_misfit("[{residual: {layers: [global_avg_pool]}}]"), "model.layers.0");
}

TEST(PlanLayers, RefusesWhatNoMachineHolds) {
  EXPECT_EQ(key_of_misfit("[{linear: 1000000}, {linear: 1000000}]"), "model.layers.1");
}

TEST(PlanLayers, OnlyWhatNothingElseReadsIsWrittenOver) {
  const auto plan = plan_layers(
      layers("[{linear: 4}, relu, relu, tanh, relu, batch_norm, relu, "
             "{residual: {layers: [relu, {linear: 4}, relu]}}]"),
      {{3}, {}}, 2);
  std::string seen;
  for (const auto& layer : plan) seen += layer.may_overwrite ? '1' : '0';
  EXPECT_EQ(seen, "010000100");
  ASSERT_EQ(plan[7].inner.size(), 3u);
  EXPECT_FALSE(plan[7].inner[0].may_overwrite);  // the shortcut reads it, too
  EXPECT_TRUE(plan[7].inner[2].may_overwrite);
}

}  // namespace
}  // namespace dlwork::model
