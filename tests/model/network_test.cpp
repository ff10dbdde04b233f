#include "model/network.h"

#include <cmath>

#include "model_support.h"

namespace dlwork::model {
namespace {

using testing::expect_near;
using testing::fill;
using testing::layers;
using testing::wave;

// Expected figures: the same networks in PyTorch 2.13.0 (torch.nn.Sequential), same weights.
TEST(Network, ConvolutionsGiveThePyTorchFigures) {
  const Network network(layers("[{conv2d: 2}, batch_norm, relu, {max_pool2d: 2}, output]"),
                        {{1, 4, 4}, {}}, 3, 1);
  fill(network);
  network.set_mode(Network::Mode::kEvaluate);
  expect_near(network.forward(wave({2, 1, 4, 4})),
              {1.898809, 0.551863, -1.435802, 1.511628, 0.572733, -1.054695});
  network.set_mode(Network::Mode::kTrain);
  expect_near(network.forward(wave({2, 1, 4, 4})),
              {1.434741, 0.500123, -0.956679, 1.17368, 0.514405, -0.699774});
}

TEST(Network, DenseLayersGiveThePyTorchFigures) {
  const Network network(layers("[{linear: 4}, layer_norm, gelu, output]"), {{3}, {}}, 2, 1);
  fill(network);
  expect_near(network.forward(wave({2, 3})), {0.76707, 0.140661, 0.949376, 0.19614});
}

TEST(Network, ResidualsGiveThePyTorchFigures) {
  // x + layers(x) through a 1x1 convolution of stride 2: 5 pixels to 3.
  const Network network(
      layers("[{residual: {layers: [{conv2d: {channels: 3, stride: 2}}, batch_norm, relu, "
             "{conv2d: 3}]}}, {leaky_relu: 0.1}, global_avg_pool]"),
      {{2, 5, 5}, {}}, 2, 1);
  fill(network);
  network.set_mode(Network::Mode::kEvaluate);
  expect_near(network.forward(wave({2, 2, 5, 5})), {0.748143, 0.125408, 0.899343, -0.020929});
  network.set_mode(Network::Mode::kTrain);
  expect_near(network.forward(wave({2, 2, 5, 5})), {0.758887, 0.111993, 0.897829, -0.019341});
}

TEST(Network, EmbeddingsGiveThePyTorchFigures) {
  // Two numbers, then the codes of columns with 3 and 5 values.
  const Network network(layers("[{embedding: 2}]"), {{4}, {3, 5}}, 2, 1);
  fill(network);
  expect_near(
      network.forward(torch::tensor({{0.5f, -1.0f, 2.0f, 4.0f}, {1.5f, 0.25f, 0.0f, 1.0f}})),
      {0.134694, 0.033369, 1.042183, 1.100326});
}

TEST(Network, ActivationsGiveThePyTorchFigures) {
  const Network network(layers("[{linear: 3}, gelu, silu, tanh, sigmoid]"), {{3}, {}}, 2, 1);
  fill(network);
  expect_near(network.forward(wave({2, 3})), {0.961195, -0.111347, 0.960734, -0.114408});
}

TEST(Network, GroupsAndMeansGiveThePyTorchFigures) {
  const std::string convolution = "{conv2d: {channels: 4, padding: valid, groups: 2, bias: false}}";
  const Network even(layers("[" + convolution + ", {avg_pool2d: 2}]"), {{2, 7, 7}, {}}, 2, 1);
  fill(even);
  const auto x = wave({1, 2, 7, 7}).contiguous(at::MemoryFormat::ChannelsLast);
  expect_near(even.forward(x), {-0.111376, 1.108602});
  const Network overlapping(layers("[" + convolution + ", {avg_pool2d: {kernel: 3, stride: 2}}]"),
                            {{2, 7, 7}, {}}, 2, 1);
  fill(overlapping);
  expect_near(overlapping.forward(x), {0.129695, 0.791271});
}

TEST(Network, CountsItsParametersBeforeItIsMade) {
  const data::FeatureShape pictures{{2, 9, 9}, {}}, table{{4}, {3, 5}}, series{{9, 4}, {}};
  data::FeatureShape text{{7}, {}};
  text.vocabulary = 11;
  const struct {
    const char* yaml;
    const data::FeatureShape& shape;
  } cases[] = {
      {"[{conv2d: {channels: 4, groups: 2, bias: false}}, batch_norm, layer_norm, {linear: 3}]",
       pictures},
      {"[{residual: {layers: [{conv2d: {channels: 3, stride: 2}}, relu]}}, {max_pool2d: 2}]",
       pictures},
      {"[{embedding: 2}, {residual: {layers: [{linear: 5}]}}, {linear: {units: 2, bias: false}}]",
       table},
      {"[{conv_transpose2d: 4}, {group_norm: 2}, instance_norm, prelu, {depthwise_conv2d: "
       "{multiplier: 3}}, "
       "upsample, pixel_shuffle, {adaptive_avg_pool: 2}, to_sequence, layer_norm]",
       pictures},
      {"[{conv1d: {channels: 6, kernel: 4, groups: 2}}, batch_norm, {residual: [{conv1d: "
       "{channels: 8, stride: 2}}]}, "
       "{positions: learned}, {attention: 2}, {linear: {units: 6, each_step: true}}]",
       series},
      {"[{conv_transpose1d: {channels: 6, kernel: 3}}, batch_norm, {conv_transpose1d: {channels: "
       "2, bias: false}}]",
       series},
      {"[{gru: {units: 3, layers: 2, bidirectional: true, gives: sequence}}, {lstm: {units: 5, "
       "layers: 2}}]",
       series},
      {"[{transformer_encoder: {heads: 2, layers: 2}}, {transformer_encoder: {norm: last, "
       "feedforward: 7}}, global_avg_pool]",
       series},
      {"[{concat: [{linear: 3}, {sequential: [flatten, {linear: 4}]}]}, {concat: [relu, "
       "identity]}]",
       pictures},
      {"[{token_embedding: 8}, positions, {gru: 4}]", text},
  };
  for (const auto& [yaml, shape] : cases) {
    const Network network(layers(yaml), shape, 3, 1);
    EXPECT_EQ(parameter_count(network.layers(), shape), network.parameter_count()) << yaml;
  }
}

TEST(Network, SameSeedSameWeightsWhateverElseDrew) {
  const auto list = layers("[{linear: 16}, relu]");
  const Network first(list, {{5}, {}}, 3, 7);
  torch::rand({100});
  const Network second(list, {{5}, {}}, 3, 7), other(list, {{5}, {}}, 3, 8);
  for (std::size_t i = 0; i < first.parameters().size(); ++i) {
    EXPECT_TRUE(torch::equal(first.parameters()[i].second, second.parameters()[i].second));
  }
  EXPECT_FALSE(torch::equal(first.parameters()[0].second, other.parameters()[0].second));
}

TEST(Network, WeightsHaveHesVariance) {
  const Network network(layers("[{linear: 400}]"), {{300}, {}}, 2, 3);
  EXPECT_NEAR(network.parameters()[0].second.std().item<double>(), std::sqrt(2.0 / 300), 5e-4);
  EXPECT_EQ(network.parameters()[1].second.abs().max().item<double>(), 0);
}

TEST(Network, NamesParametersByLayer) {
  const Network network(layers("[{residual: {layers: [{linear: 4}, relu]}}, batch_norm]"),
                        {{3}, {}}, 2, 1);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : network.parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.0.weight", "0.0.bias", "0.projection.weight",
                                             "1.weight", "1.bias", "2.weight", "2.bias"}));
  EXPECT_EQ(network.parameter_count(), 12 + 4 + 12 + 4 + 4 + 8 + 2);
}

TEST(Network, ResidualAddsItsInput) {
  const Network network(layers("[{residual: {layers: [{linear: {units: 3, bias: false}}]}}]"),
                        {{3}, {}}, 1, 1);
  torch::NoGradGuard no_grad;
  auto weight = network.parameters()[0].second;
  weight.copy_(2 * torch::eye(3));
  torch::Tensor seen;
  network.forward(Inputs{torch::tensor({{1.0f, 2.0f, 3.0f}}), {}},
                  [&](std::size_t layer, const torch::Tensor& value) {
                    if (layer == 0) seen = value;
                  });
  expect_near(seen, {3, 6, 9});
}

TEST(Network, ShowsWhatLayersInsideOthersGive) {
  const Network network(layers("[{residual: {layers: [{linear: {units: 3, bias: false}}, relu]}},"
                               " {concat: {branches: [relu, identity]}}]"),
                        {{3}, {}}, 1, 1);
  torch::NoGradGuard no_grad;
  auto weight = network.parameters()[0].second;
  weight.copy_(2 * torch::eye(3));
  const Inputs inputs{torch::tensor({{1.0f, 2.0f, -3.0f}}), {}};
  std::vector<const Layer*> shown;
  std::vector<torch::Tensor> seen;
  const auto answer = network.forward_watched(inputs, [&](const Layer& layer, const auto& value) {
    shown.push_back(&layer);
    seen.push_back(value.clone());
  });
  const auto residual = network.module(0)->inner(), concat = network.module(1)->inner();
  ASSERT_EQ(residual.size(), 2u);
  ASSERT_EQ(concat.size(), 2u);
  EXPECT_EQ(shown,
            (std::vector<const Layer*>{residual[0].get(), residual[1].get(),
                                       network.module(0).get(), concat[0].get(), concat[1].get(),
                                       network.module(1).get(), network.module(2).get()}));
  const std::vector<std::vector<double>> expected{{2, 4, -6}, {2, 4, 0},  {3, 6, -3},
                                                  {3, 6, 0},  {3, 6, -3}, {3, 6, 0, 3, 6, -3}};
  for (std::size_t i = 0; i < expected.size(); ++i) expect_near(seen[i], expected[i]);
  EXPECT_TRUE(torch::equal(answer, network.forward(inputs)));

  std::vector<std::size_t> outer;
  network.forward(inputs, [&](std::size_t layer, const auto& value) {
    EXPECT_TRUE(torch::equal(value, seen[std::vector<std::size_t>{2, 5, 6}[layer]])) << layer;
    outer.push_back(layer);
  });
  EXPECT_EQ(outer, (std::vector<std::size_t>{0, 1, 2}));
}

}  // namespace
}  // namespace dlwork::model
