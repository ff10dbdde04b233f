#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "model/network.h"
#include "support/layers.h"

namespace dlwork::testing {

/// Weight i of every parameter is sin(i) / 2, i from 1, as in the Python that made the figures.
inline void fill(const model::Network& network) {
  torch::NoGradGuard no_grad;
  for (auto [name, parameter] : network.parameters()) {
    parameter.copy_((torch::arange(parameter.numel(), torch::kFloat64) + 1)
                        .sin()
                        .div(2)
                        .to(torch::kFloat32)
                        .view(parameter.sizes()));
  }
}

/// Number i is cos(0.7 i), i from 0.
inline torch::Tensor wave(torch::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const auto side : shape) count *= side;
  return (torch::arange(count, torch::kFloat64) * 0.7).cos().to(torch::kFloat32).view(shape);
}

inline void expect_near(const torch::Tensor& got, const std::vector<double>& expected) {
  const auto flat = got.flatten();
  ASSERT_EQ(flat.numel(), static_cast<std::int64_t>(expected.size())) << got.sizes();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), expected[i],
                2e-6 + 5e-6 * std::abs(expected[i]))  // six digits
        << i;
  }
}

/// A network of one layer (and the output that is added), weights filled.
struct OneLayer {
  OneLayer(const std::string& yaml, data::FeatureShape shape)
      : network(layers("[" + yaml + "]"), shape, 2, 1) {
    fill(network);
    network.set_mode(model::Network::Mode::kTrain);
  }
  /// What the first layer makes of x.
  torch::Tensor operator()(const torch::Tensor& x) const {
    torch::Tensor seen;
    network.forward(model::Inputs{x, {}}, [&](std::size_t layer, const torch::Tensor& value) {
      if (layer == 0) seen = value.clone();
    });
    return seen;
  }
  model::Network network;
};

}  // namespace dlwork::testing
