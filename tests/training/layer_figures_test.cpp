#include <gtest/gtest.h>

#include <cmath>

#include "support/fit_problem.h"
#include "training/network_tests/layers.h"

// The figures of network tests on networks small enough to work them out by hand.
namespace dlwork::training {
namespace {

using model::Network;
using torch::Tensor;

void set(const Network& network, const std::string& name, const Tensor& value) {
  const torch::NoGradGuard no_grad;
  for (auto [other, parameter] : network.parameters()) {
    if (other == name) return parameter.copy_(value.view(parameter.sizes())), void();
  }
  FAIL() << "no parameter " << name;
}

Network network_of(const std::string& layers, std::int64_t inputs) {
  return Network(testing::layers(layers), {{inputs}, {}}, 1, 1);
}

TEST(LayerFigures, SharesOfDeadAndSaturatedUnits) {
  const Network network = network_of("[{linear: 8}, relu, {linear: 4}, tanh]", 1);
  set(network, "0.weight", torch::ones({8}));
  // Of the inputs 1 to 4 a bias of -100 leaves nothing; the other five units say 1 to 4.
  set(network, "0.bias", torch::tensor({-100.f, -100.f, -100.f, 0.f, 0.f, 0.f, 0.f, 0.f}));
  // Sums of 5 to 20: a unit of weight 1 is at 1 to the last bit, so that it is dead as well.
  set(network, "2.weight", torch::tensor({2.f, 0.02f, 0.02f, 0.02f}).view({4, 1}).expand({4, 8}));
  set(network, "2.bias", torch::zeros({4}));
  const auto inputs = torch::tensor({1.f, 2.f, 3.f, 4.f}).view({4, 1});
  const auto finding = test_activations(network, {inputs, {}}, 1, {});
  const auto& layers = finding.evidence["layers"];
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0]["layer"], "1 relu");
  EXPECT_DOUBLE_EQ(layers[0]["dead"].get<double>(), 0.375);
  EXPECT_DOUBLE_EQ(layers[0]["saturated"].get<double>(), 0);
  EXPECT_EQ(layers[1]["layer"], "3 tanh");
  EXPECT_DOUBLE_EQ(layers[1]["dead"].get<double>(), 0.25);
  EXPECT_DOUBLE_EQ(layers[1]["saturated"].get<double>(), 0.25);
}

TEST(LayerFigures, SignalsOfLayersAndOfThoseWithinOthers) {
  for (const char* layers :
       {"[{linear: 1}, {linear: 1}]", "[{sequential: {layers: [{linear: 1}, {linear: 1}]}}]"}) {
    SCOPED_TRACE(layers);
    const Network network = network_of(layers, 1);
    const std::string inside =
        std::string(layers).find("sequential") != std::string::npos ? "0." : "";
    set(network, inside + "0.weight", torch::tensor({4.f}));
    set(network, inside + "1.weight", torch::tensor({0.5f}));
    set(network, inside.empty() ? "2.weight" : "1.weight", torch::tensor({1.f}));
    for (auto [name, parameter] : network.parameters()) {
      if (name.ends_with("bias")) set(network, name, torch::zeros({1}));
    }
    const auto x = torch::tensor({-1.f, 1.f}).view({2, 1});
    // Of the loss mean(x y), y = 0.5 4 x: 4 x and 2 x go up; down come mean(x 4 x) = 4 and
    // mean(x 0.5 x) = 0.5, and nothing at the biases, since mean(x) = 0.
    const auto finding = test_signal_depth(
        {network, {x, {}}, [&](const model::Inputs& y) { return (x * y.values).mean(); }, 1}, {});
    const auto& seen = finding.evidence;
    ASSERT_EQ(seen["layers"].size(), 2u) << finding.message;
    EXPECT_NEAR(seen["layers"][0]["activation"].get<double>(), 4, 1e-6);
    EXPECT_NEAR(seen["layers"][1]["activation"].get<double>(), 2, 1e-6);
    EXPECT_NEAR(seen["layers"][0]["gradient"].get<double>(), 0.5 / std::sqrt(2.0), 1e-6);
    EXPECT_NEAR(seen["layers"][1]["gradient"].get<double>(), 4 / std::sqrt(2.0), 1e-6);
    EXPECT_NEAR(seen["activation_ratio"].get<double>(), 2, 1e-6);
    EXPECT_NEAR(seen["gradient_ratio"].get<double>(), 8, 1e-5);
  }
}

TEST(LayerFigures, SizeOfAStepByThatOfTheWeights) {
  const Network network = network_of("[{linear: 16}, relu]", 16);
  for (const char* name : {"0.weight", "2.weight"})
    set(network, name, torch::full({1}, 0.5f).expand({name[0] == '0' ? 256 : 16}));
  double factor = 0.01;
  const auto step = [&] {
    const torch::NoGradGuard no_grad;
    for (auto [name, parameter] : network.parameters()) {
      if (name == "0.weight") parameter.add_(0.5 * factor);
      if (name == "2.weight") parameter.sub_(0.5 * 4 * factor);
    }
  };
  const auto finding = test_update_ratio(network, step, 0.1, {});
  EXPECT_NEAR(finding.evidence["layers"][0]["ratio"].get<double>(), 0.01, 1e-6);
  EXPECT_NEAR(finding.evidence["least"].get<double>(), 0.01, 1e-6);
  EXPECT_NEAR(finding.evidence["most"].get<double>(), 0.04, 1e-6);
}

/// The first loss by theory, of these rows alone.
Json first_loss(const data::Dataset& dataset, const std::vector<std::int64_t>& rows) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto learner = make_supervised(testing::problem(dataset, "[{linear: 8}, relu]"), run);
  auto options = testing::fit_options(dataset, 1);
  options.train_rows = rows;
  for (const auto& finding : learner->test_network({}, options, run)) {
    if (finding.id == "net-initial-loss") return finding.evidence;
  }
  return {};
}

TEST(LayerFigures, FirstLossOfNumbersIsTheirVarianceAboutTheTrainingMean) {
  const auto plane = testing::plane();
  const std::vector<std::int64_t> rows{0, 1, 2, 3, 4, 5, 6, 7};
  double squares = 0;
  for (const auto row : rows) {
    const double y = (plane.samples.target.values[row] + 290) / 60;  // the mean is -290
    squares += y * y;
  }
  EXPECT_NEAR(first_loss(plane, rows)["theory"].get<double>(), squares / 8, 1e-5);
}

TEST(LayerFigures, FirstLossOfUnequalClassesIsTheEntropyOfTheirShares) {
  const auto moons = testing::two_moons();
  std::vector<std::int64_t> rows;
  std::int64_t of[] = {6, 2};
  for (const auto row : moons.part(data::Part::kTrain)) {
    if (of[moons.samples.target.codes[row]]-- > 0) rows.push_back(row);
  }
  ASSERT_EQ(rows.size(), 8u);
  const auto evidence = first_loss(moons, rows);
  EXPECT_NEAR(evidence["theory"].get<double>(), 0.693147, 1e-6);
  EXPECT_NEAR(evidence["entropy"].get<double>(), 0.562335, 1e-6);
}

}  // namespace
}  // namespace dlwork::training
