#include "model/shapes.h"

#include <gtest/gtest.h>

#include "model/work.h"
#include "support/layers.h"

namespace dlwork::model {
namespace {

using testing::layers;

data::FeatureShape pictures(std::int64_t channels, std::int64_t side) {
  return {{channels, side, side}, {}};
}

TEST(PlanLayers, InfersShapesAndAddsFlattenAndOutput) {
  const auto plan = plan_layers(layers("[{conv2d: {channels: 8, kernel: 5, padding: valid}}, relu, "
                                       "{max_pool2d: 2}, {linear: 16}]"),
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
    plan_layers(layers("\n    - conv2d: {channels: 4, kernel: 3}\n    - max_pool2d: 9\n"),
                pictures(1, 8), 2);
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
  const auto plan =
      plan_layers(layers("[{residual: {layers: [{conv2d: {channels: 16, stride: 2}}, relu]}}]"),
                  pictures(8, 9), 2);
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

std::string message_of_misfit(const std::string& yaml, const data::FeatureShape& shape) {
  try {
    plan_layers(layers(yaml), shape, 2);
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
  return "none";
}

TEST(PlanLayers, NamesWhatALayerNeeds) {
  const data::FeatureShape series{{9, 4}, {}}, picture{{3, 4, 4}, {}}, row{{6}, {}};
  const struct {
    const char* yaml;
    const data::FeatureShape& shape;
    const char* message;
  } cases[] = {
      {"[{conv1d: 4}]", row, "conv1d: needs sequences, [steps, channels]; its input is [6]"},
      {"[{gru: 4}, {lstm: 4}]", series,
       "lstm: needs sequences, [steps, channels]; its input is [4]"},
      {"[{conv2d: 4}]", series,
       "conv2d: needs pictures, [channels, height, width]; its input is [9, 4]"},
      {"[{conv1d: {channels: 4, kernel: 5, dilation: 3, padding: valid}}]", series,
       "conv1d: kernel 13 does not fit; its input is [9, 4]"},
      {"[{conv2d: {channels: 4, dilation: 2, padding: valid}}]", picture,
       "conv2d: kernel 5 does not fit; its input is [3, 4, 4]"},
      {"[{attention: 3}]", series,
       "attention: heads 3 must divide the 4 channels that come in; its input is [9, 4]"},
      {"[{group_norm: 2}]", picture,
       "group_norm: groups 2 must divide the 3 channels that come in; its input is [3, 4, 4]"},
      {"[pixel_shuffle]", picture,
       "pixel_shuffle: factor 2 needs channels that 4 divides; its input is [3, 4, 4]"},
      {"[{upsample: {mode: bilinear}}]", series,
       "upsample: mode bilinear is for pictures; its input is [9, 4]"},
      {"[{conv_transpose2d: {channels: 2, kernel: 2, stride: 3}}]", picture,
       "conv_transpose2d: kernel 2 at stride 3 has no padding that grows sides by the stride; its "
       "input is "
       "[3, 4, 4]"},
      {"[{conv_transpose1d: 4}]", picture,
       "conv_transpose1d: needs sequences, [steps, channels]; its input is [3, 4, 4]"},
      {"[{conv_transpose1d: {channels: 2, kernel: 4, stride: 1}}]", series,
       "conv_transpose1d: kernel 4 at stride 1 has no padding that grows the length by the stride; "
       "its input is [9, 4]"},
      {"[{concat: [{conv2d: 4}, {max_pool2d: 2}]}]", picture,
       "concat: its branches end with [4, 4, 4] and [3, 2, 2], which differ in more than channels; "
       "its input "
       "is [3, 4, 4]"},
      {"[{linear: {units: 4, each_step: true}}]", row,
       "linear: needs sequences, [steps, channels]; its input is [6]"},
      {"[global_avg_pool]", row,
       "global_avg_pool: needs pictures, [channels, height, width], or sequences, [steps, "
       "channels]; its "
       "input is [6]"},
      {"[{linear: 3}, softmax]", row, "softmax: must not be the last layer before the output"},
      {"[{token_embedding: 3}]", series,
       "token_embedding: needs texts, as codes of tokens; its input is [9, 4]"},
      {"[{concat: []}]", row, "concat: has no branches; its input is [6]"},
  };
  for (const auto& [yaml, shape, message] : cases) {
    EXPECT_EQ(message_of_misfit(yaml, shape), message) << yaml;
  }
  data::FeatureShape text{{7}, {}};
  text.vocabulary = 11;
  EXPECT_EQ(message_of_misfit("[{linear: 3}]", text),
            "linear: texts are codes of tokens, not amounts");
}

TEST(PlanLayers, InfersTheShapesOfSequences) {
  const auto plan = plan_layers(
      layers("[{conv1d: {channels: 8, kernel: 8, stride: 2}}, {max_pool1d: 2}, {upsample: 3}, "
             "{gru: {units: 5, bidirectional: true, gives: sequence}}, {linear: {units: 7, "
             "each_step: true}}, "
             "{concat: [identity, {linear: {units: 2, each_step: true}}]}, {adaptive_max_pool: 2}, "
             "{linear: 3}]"),
      {{33, 2}, {}}, 4);
  std::vector<Shape> shapes;
  for (const auto& layer : plan) shapes.push_back(layer.output);
  EXPECT_EQ(shapes,
            (std::vector<Shape>{
                {17, 8}, {8, 8}, {24, 8}, {24, 10}, {24, 7}, {24, 9}, {2, 9}, {18}, {3}, {4}}));
}

TEST(PlanLayers, TransposedConvolutionsMakeSequencesLonger) {
  const data::FeatureShape series{{5, 3}, {}};
  const auto plan = plan_layers(
      layers("[{conv_transpose1d: {channels: 4, kernel: 5, stride: 3}}, "
             "{conv_transpose1d: {channels: 2, kernel: 7, padding: valid}}, "
             "{conv_transpose1d: {channels: 6, kernel: 2, stride: 3, padding: valid}}]"),
      series, 4);
  EXPECT_EQ(plan[0].output, (Shape{15, 4}));
  EXPECT_EQ(plan[1].output, (Shape{14 * 2 + 7, 2}));
  EXPECT_EQ(plan[2].output, (Shape{34 * 3 + 2, 6}));
  EXPECT_EQ(parameter_count(plan[0], series), 3 * 4 * 5 + 4);
  EXPECT_EQ(multiply_adds(plan[0], series), 5 * 3 * 4 * 5);
}

TEST(PlanLayers, AnswersEachStepWhereAsked) {
  const data::FeatureShape series{{9, 2}, {}};
  const auto plan = plan_layers(
      layers("[{conv1d: {channels: 3, stride: 2}}, {output: {each_step: true}}]"), series, 4);
  ASSERT_EQ(plan.size(), 2u) << "nothing is flattened";
  EXPECT_EQ(plan[1].output, (Shape{5, 4}));
  EXPECT_EQ(parameter_count(plan[1], series), 4 * (3 + 1));
  EXPECT_EQ(multiply_adds(plan[1], series), 5 * 4 * (3 + 1));
  EXPECT_EQ(message_of_misfit("[{output: {each_step: true}}]", {{6}, {}}),
            "output: needs sequences, [steps, channels]; its input is [6]");
}

TEST(PlanLayers, NamesBranchesByTheirPlaces) {
  const auto plan =
      plan_layers(layers("[relu, {concat: [{linear: 3}, {sequential: [{linear: 2}, relu]}]}]"),
                  {{3, 2, 2}, {}}, 2);
  const auto& branches = plan[1].inner;
  ASSERT_EQ(branches.size(), 2u);
  EXPECT_EQ(plan[1].output, (Shape{5}));
  EXPECT_EQ(branches[0].name, "1.0 sequential");  // flatten goes before its linear layer
  EXPECT_EQ(branches[1].inner[1].name, "1.1.1 linear");
  EXPECT_EQ(branches[1].inner[1].key, "model.layers.1.branches.1.layers.0");
  EXPECT_FALSE(branches[1].inner[0].may_overwrite);
}

TEST(PlanLayers, OnlyWhatNothingElseReadsIsWrittenOver) {
  const auto plan = plan_layers(layers("[{linear: 4}, relu, relu, tanh, relu, batch_norm, relu, "
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
