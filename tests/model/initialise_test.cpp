#include "model/initialise.h"

#include <cmath>

#include "model_support.h"

namespace dlwork::model {
namespace {

using testing::layers;

/// The first layer's first weight.
torch::Tensor weight_of(const std::string& yaml, data::FeatureShape shape = {{300}, {}}) {
  const Network network(layers("[" + yaml + "]"), shape, 2, 3);
  return network.parameters()[0].second.detach();
}

TEST(Initialise, VariancesAreThoseOfThePapers) {
  const struct {
    const char* name;
    double deviation;
    bool uniform;
  } cases[] = {{"he", std::sqrt(2.0 / 300), false},
               {"he-uniform", std::sqrt(2.0 / 300), true},
               {"xavier", std::sqrt(2.0 / 700), false},
               {"xavier-uniform", std::sqrt(2.0 / 700), true},
               {"lecun", std::sqrt(1.0 / 300), false},
               {"lecun-uniform", std::sqrt(1.0 / 300), true},
               {"pytorch", std::sqrt(1.0 / 900), true},
               // A standard normal cut at 2 deviations has deviation 0.87962566.
               {"truncated-normal", 0.02 * 0.87962566, false}};
  for (const auto& [name, deviation, uniform] : cases) {
    SCOPED_TRACE(name);
    const auto weight = weight_of(std::string("{linear: {units: 400, init: ") + name + "}}");
    EXPECT_NEAR(weight.std().item<double>() / deviation, 1, 0.01);
    EXPECT_NEAR(weight.mean().item<double>() / deviation, 0, 0.02);
    const double most = weight.abs().max().item<double>() / deviation;
    if (uniform) {
      EXPECT_NEAR(most, std::sqrt(3.0), 0.001);
    }
    if (std::string(name) == "truncated-normal") {
      EXPECT_NEAR(most, 2 / 0.87962566, 0.01);
    }
    if (std::string(name) == "he") {
      EXPECT_GT(most, 3.5);
    }
  }
}

TEST(Initialise, WhatATransposedConvolutionGivesSeesItsWindowByTheStride) {
  // Of 4 (or 4 x 4) places 4 / 2 (or 16 / 4) reach a number that comes out: 150 x 2 and 75 x 4.
  const auto steps =
      weight_of("{conv_transpose1d: {channels: 200, kernel: 4, stride: 2}}", {{5, 150}, {}});
  EXPECT_NEAR(steps.std().item<double>() / std::sqrt(2.0 / 300), 1, 0.01);
  const auto pixels =
      weight_of("{conv_transpose2d: {channels: 100, kernel: 4, stride: 2}}", {{75, 3, 3}, {}});
  EXPECT_NEAR(pixels.std().item<double>() / std::sqrt(2.0 / 300), 1, 0.01);
}

TEST(Initialise, EveryNameIsKnown) {
  for (const std::string& name : spec::init_names()) {
    if (!name.empty()) {
      EXPECT_NO_THROW(weight_of("{linear: {units: 4, init: " + name + "}}")) << name;
    }
  }
}

TEST(Initialise, OrthogonalRowsStandAtRightAngles) {
  const auto wide = weight_of("{linear: {units: 40, init: orthogonal}}");
  EXPECT_TRUE(torch::allclose(wide.mm(wide.t()), torch::eye(40), 1e-4, 1e-5));
  const auto tall = weight_of("{linear: {units: 400, init: orthogonal}}");
  EXPECT_TRUE(torch::allclose(tall.t().mm(tall), torch::eye(300), 1e-4, 1e-5));
}

TEST(Initialise, RecurrentLayersStartAsDescribed) {
  const Network network(layers("[{lstm: {units: 32, layers: 2}}]"), {{5, 16}, {}}, 2, 3);
  for (const auto& [name, parameter] : network.parameters()) {
    SCOPED_TRACE(name);
    if (name.find("weight_hh") != std::string::npos) {
      for (const auto& gate : parameter.detach().chunk(4)) {
        EXPECT_TRUE(torch::allclose(gate.mm(gate.t()), torch::eye(32), 1e-4, 1e-5));
      }
    } else if (name == "0.weight_ih_l0") {
      EXPECT_LE(parameter.abs().max().item<double>(), std::sqrt(6.0 / (16 + 32)));
      EXPECT_NEAR(parameter.std().item<double>(), std::sqrt(2.0 / (16 + 32)), 0.01);
    } else if (name.find("bias_ih") != std::string::npos) {
      EXPECT_EQ(parameter.sum().item<double>(), 32);
      EXPECT_EQ(parameter.narrow(0, 32, 32).min().item<double>(), 1);
    } else if (name.find("bias_hh") != std::string::npos) {
      EXPECT_EQ(parameter.abs().max().item<double>(), 0);
    }
  }
}

TEST(Initialise, ModelInitReachesLayersThatNameNone) {
  const auto list = spec::with_init(
      layers("[{linear: 8}, {linear: {units: 8, init: lecun}}, {residual: [{linear: 8}]}, "
             "{concat: [{sequential: [{linear: 8}]}]}]"),
      "orthogonal");
  EXPECT_EQ(std::get<spec::Linear>(list[0].options).init, "orthogonal");
  EXPECT_EQ(std::get<spec::Linear>(list[1].options).init, "lecun");
  const auto& inner = std::get<spec::Residual>(list[2].options).layers;
  EXPECT_EQ(std::get<spec::Linear>(inner[0].options).init, "orthogonal");
  const auto& branch = std::get<spec::Concat>(list[3].options).branches[0];
  const auto& deep = std::get<spec::Sequential>(branch.options).layers[0];
  EXPECT_EQ(std::get<spec::Linear>(deep.options).init, "orthogonal");
}

}  // namespace
}  // namespace dlwork::model
