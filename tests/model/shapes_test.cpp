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
    EXPECT_NE(problem.message.find("layer 1 max_pool2d: a kernel of 9 does not fit; its input is [4, 8, 8]"),
              std::string::npos)
        << problem.message;
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

}  // namespace
}  // namespace dlwork::model
