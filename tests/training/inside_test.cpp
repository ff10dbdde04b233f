#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "dlwork/base/stats.h"
#include "support/fit_problem.h"
#include "training/batches.h"
#include "training/supervised_learner.h"

namespace dlwork {
namespace {

using training::AttributionOptions;
using Method = AttributionOptions::Method;

struct Quiet {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop, "cpu", 1};
};

/// A network fitted for a few epochs.
std::unique_ptr<training::Learner> fitted(const data::Dataset& dataset, const std::string& layers,
                                          std::int64_t epochs = 5) {
  Quiet quiet;
  auto learner = training::make_supervised(testing::problem(dataset, layers), quiet.run);
  learner->fit(testing::fit_options(dataset, epochs), quiet.run);
  return learner;
}

std::vector<std::int64_t> first_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

TEST(Inspect, CountsWorkMemoryAndMovement) {
  const auto dataset = testing::bars();
  Quiet quiet;
  auto learner = training::make_supervised(
      testing::problem(dataset, "[{conv2d: 4}, relu, {max_pool2d: 2}, flatten, {linear: 6}, tanh]"),
      quiet.run);
  auto layers = learner->inspect(first_rows(64));
  ASSERT_EQ(layers.size(), 7u);
  EXPECT_EQ(layers[0].multiply_adds, 4 * 8 * 8 * 9);
  EXPECT_EQ(layers[0].activation_bytes, 4 * 8 * 8 * 4);
  EXPECT_EQ(layers[1].multiply_adds, 0);
  EXPECT_EQ(layers[4].multiply_adds, 64 * 6 + 6);
  EXPECT_EQ(layers[0].moved, 0) << "not trained yet";
  EXPECT_EQ(layers[1].parameters, 0);
  const auto& counts = layers[0].activations.counts;
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), 64 * 4 * 8 * 8);
  EXPECT_GE(layers[0].milliseconds, 0);
  learner->fit(testing::fit_options(dataset, 3), quiet.run);
  layers = learner->inspect(first_rows(64));
  EXPECT_GT(layers[0].moved, 0.01);
  EXPECT_LT(layers[0].moved, 5);
}

TEST(Inspect, TellsWeightsAndBiasesApart) {
  const auto dataset = testing::two_moons();
  Quiet quiet;
  auto learner =
      training::make_supervised(testing::problem(dataset, "[{linear: 4}, relu]"), quiet.run);
  {
    torch::NoGradGuard no_grad;
    for (auto [name, parameter] :
         dynamic_cast<training::SupervisedLearner&>(*learner).network().parameters()) {
      if (name == "0.bias") parameter.fill_(100);
    }
  }
  const auto layers = learner->inspect(first_rows(8));
  const auto all = [](const training::Histogram& histogram) {
    return std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::int64_t{0});
  };
  EXPECT_EQ(all(layers[0].weights), 2 * 4);
  EXPECT_EQ(all(layers[0].biases), 4);
  EXPECT_EQ(all(layers[0].gradients), 2 * 4 + 4);
  EXPECT_EQ(layers[0].biases.low, 99.5) << "all alike: a bin of width 1 around them";
  EXPECT_LT(layers[0].weights.high, 10);
  EXPECT_TRUE(layers[1].biases.counts.empty());
}

TEST(Inspect, FindsDeadAndSaturatedUnits) {
  const auto dataset = testing::two_moons();
  Quiet quiet;
  auto learner = training::make_supervised(
      testing::problem(dataset, "[{linear: 4}, relu, {linear: 5}, tanh]"), quiet.run);
  torch::NoGradGuard no_grad;
  for (auto [name, parameter] :
       dynamic_cast<training::SupervisedLearner&>(*learner).network().parameters()) {
    if (name == "0.bias") parameter[1] = -1000;
    if (name == "2.bias") parameter[3] = 1000;
  }
  at::AutoGradMode gradients(true);
  const auto layers = learner->inspect(first_rows(100));
  EXPECT_NEAR(layers[1].dead_fraction, 0.25, 1e-6);
  EXPECT_EQ(layers[0].dead_fraction, 0) << "only rectifiers die";
  EXPECT_GE(layers[3].saturated_fraction, 0.2);
}

TEST(Inspect, LooksIntoLayersInsideOthers) {
  const auto dataset = testing::two_moons();
  Quiet quiet;
  auto learner = training::make_supervised(
      testing::problem(
          dataset,
          "[{linear: 6}, {residual: {layers: [{linear: 6}, relu, {linear: 6}]}}, "
          "{concat: {branches: [{sequential: {layers: [{linear: 2}, tanh]}}, {linear: 3}]}}]"),
      quiet.run);
  torch::NoGradGuard no_grad;
  for (auto [name, parameter] :
       dynamic_cast<training::SupervisedLearner&>(*learner).network().parameters()) {
    if (name == "1.0.bias") parameter.fill_(-100);
  }
  at::AutoGradMode gradients(true);
  const auto layers = learner->inspect(first_rows(100));
  std::vector<std::string> names;
  std::vector<std::int64_t> parameters;
  for (const auto& layer : training::with_inner(layers)) {
    names.push_back(layer.name);
    parameters.push_back(layer.parameters);
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "0 linear", "1 residual", "1.0 linear", "1.1 relu", "1.2 linear", "2 concat",
                       "2.0 sequential", "2.0.0 linear", "2.0.1 tanh", "2.1 linear", "3 output"}));
  EXPECT_EQ(parameters, (std::vector<std::int64_t>{18, 84, 42, 0, 42, 35, 14, 14, 0, 21, 12}));
  std::int64_t all = 0;
  for (const auto& layer : layers) all += layer.parameters;
  EXPECT_EQ(all, learner->parameter_count()) << "nothing is counted twice";

  ASSERT_EQ(layers.size(), 4u);
  const auto& residual = layers[1];
  ASSERT_EQ(residual.inner.size(), 3u);
  EXPECT_EQ(residual.inner[1].dead_fraction, 1);
  EXPECT_EQ(residual.inner[1].zero_fraction, 1);
  EXPECT_EQ(residual.dead_fraction, 0) << "its input goes past the rectifier";
  EXPECT_EQ(residual.inner[0].multiply_adds, 42);
  EXPECT_EQ(residual.inner[0].activation_bytes, 6 * 4);
  EXPECT_GT(residual.inner[0].moved, 1);
  EXPECT_EQ(residual.inner[2].moved, 0);
  EXPECT_GE(residual.milliseconds, residual.inner[0].milliseconds + residual.inner[1].milliseconds +
                                       residual.inner[2].milliseconds);
}

/// Deviation (n in the denominator) and mean of a column over the training part.
std::pair<double, double> moments(const data::Dataset& dataset, std::size_t column) {
  std::vector<double> values;
  for (const auto row : dataset.part(data::Part::kTrain))
    values.push_back(dataset.samples.table.columns[column].numbers[row]);
  const auto n = static_cast<double>(values.size());
  return {mean(values), standard_deviation(values) * std::sqrt((n - 1) / n)};
}

constexpr double kTargetDeviation = 60;  ///< of the problem's coding

TEST(Attribution, GradientIsThatOfFiniteDifferences) {
  const auto dataset = testing::plane();
  const auto learner = fitted(dataset, "[{linear: 16}, tanh]");
  const auto maps = learner->attribute(dataset.samples, {3, 8}, {Method::kGradient, false});
  ASSERT_EQ(maps.count, 2);
  ASSERT_EQ(maps.width, 2);
  EXPECT_EQ(maps.features, (std::vector<std::string>{"a", "b"}));
  for (std::size_t column = 0; column < 2; ++column) {
    const double step = 0.01 * moments(dataset, column).second;
    auto up = dataset.samples, down = dataset.samples;
    for (auto& value : up.table.columns[column].numbers) value += step;
    for (auto& value : down.table.columns[column].numbers) value -= step;
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::vector<std::int64_t> row{i == 0 ? 3 : 8};
      const double slope =
          (learner->predict(up, row).values[0] - learner->predict(down, row).values[0]) / 0.02 /
          kTargetDeviation;
      EXPECT_NEAR(maps.at(i)[column], slope, 0.01 * std::max(0.05, std::abs(slope)));
    }
  }
}

TEST(Attribution, IntegratedGradientsAddUpToTheDifferenceFromTheMean) {
  const auto dataset = testing::plane();
  const auto learner = fitted(dataset, "[{linear: 16}, tanh]");
  const auto maps =
      learner->attribute(dataset.samples, first_rows(10), {Method::kIntegratedGradients, false});
  auto middle = dataset.samples;
  for (std::size_t column = 0; column < 2; ++column) {
    std::fill(middle.table.columns[column].numbers.begin(),
              middle.table.columns[column].numbers.end(), moments(dataset, column).first);
  }
  const double base = learner->predict(middle, {0}).values[0];
  for (std::int64_t i = 0; i < 10; ++i) {
    const double difference = learner->predict(dataset.samples, {i}).values[0] - base;
    EXPECT_NEAR(kTargetDeviation * (maps.at(i)[0] + maps.at(i)[1]), difference,
                0.02 * std::abs(difference) + 0.1);
  }
}

TEST(Attribution, OcclusionIsWhatIsLostAtTheMean) {
  const auto dataset = testing::plane();
  const auto learner = fitted(dataset, "[{linear: 8}, relu]");
  const auto maps = learner->attribute(dataset.samples, {5}, {Method::kOcclusion, false});
  auto changed = dataset.samples;
  std::fill(changed.table.columns[1].numbers.begin(), changed.table.columns[1].numbers.end(),
            moments(dataset, 1).first);
  const double lost =
      learner->predict(dataset.samples, {5}).values[0] - learner->predict(changed, {5}).values[0];
  EXPECT_NEAR(kTargetDeviation * maps.at(0)[1], lost, 1e-2);
}

TEST(Attribution, PicturesShowTheBar) {
  const auto dataset = testing::bars();
  const auto learner =
      fitted(dataset, "[{conv2d: 8}, relu, {conv2d: 8}, relu, {max_pool2d: 2}]", 15);
  // An upright bar: its column holds the level 200 in every row.
  const std::uint8_t* pixels = dataset.samples.pictures.at(0);
  std::int64_t bar = 0;
  while (pixels[bar] != 200 || pixels[8 + bar] != 200) ++bar;
  for (const auto method : {Method::kIntegratedGradients, Method::kOcclusion, Method::kGradCam}) {
    const auto maps = learner->attribute(dataset.samples, {0}, {method, false});
    ASSERT_EQ(maps.height, 8);
    ASSERT_EQ(maps.width, 8);
    double near = 0, far = 0;
    for (std::int64_t y = 0; y < 8; ++y) {
      for (std::int64_t x = 0; x < 8; ++x) {
        (std::abs(x - bar) <= 1 ? near : far) +=
            std::abs(maps.at(0)[y * 8 + x]) / (std::abs(x - bar) <= 1 ? 3 : 5);
      }
    }
    EXPECT_GT(near, far) << static_cast<int>(method);
    const auto random = learner->attribute(dataset.samples, {0}, {method, true});
    EXPECT_NE(random.values, maps.values);
  }
}

TEST(Attribution, GradCamLooksAtTheLastLayerWithSeveralPlaces) {
  const auto dataset = testing::bars();
  const auto learner =
      fitted(dataset,
             "[{conv2d: 4}, relu, {adaptive_avg_pool: 1}, {conv2d: {channels: 6, kernel: 1}}]", 3);
  const auto maps = learner->attribute(dataset.samples, first_rows(20), {Method::kGradCam, false});
  ASSERT_EQ(maps.count, 20);
  int varied = 0;
  for (std::int64_t i = 0; i < 20; ++i) {
    const auto [least, most] = std::minmax_element(maps.at(i), maps.at(i) + 64);
    varied += *least < *most;
  }
  EXPECT_GT(varied, 0) << "one place, enlarged, is flat";
}

TEST(Attribution, GradCamOfSeriesIsTheWeightedSumOfTheLastChannels) {
  // Behind a mean over time the gradient of a class is its weight by the number of steps, so the
  // map can be worked out from the network's parts. Full series, and series that end before.
  for (const std::int64_t shortest : {std::int64_t{9}, std::int64_t{3}}) {
    const auto dataset = testing::waves(shortest);
    const auto learner = fitted(dataset, "[{conv1d: 5}, tanh, global_avg_pool]", 3);
    const auto rows = first_rows(40);
    const auto maps = learner->attribute(dataset.samples, rows, {Method::kGradCam, false});
    ASSERT_EQ(maps.count, 40);
    ASSERT_EQ(maps.height, 1);
    ASSERT_EQ(maps.width, 9);
    const torch::NoGradGuard no_grad;
    const auto& supervised = static_cast<training::SupervisedLearner&>(*learner);
    const auto& network = supervised.network();
    training::Batches batches(dataset.samples, supervised.blueprint().preprocessor,
                              supervised.blueprint().coding, torch::kCPU);
    const auto inputs = batches.inputs(rows.data(), 40);
    torch::Tensor channels;
    const auto chosen = network
                            .forward(inputs,
                                     [&](std::size_t layer, const torch::Tensor& value) {
                                       if (layer == 1) channels = value;
                                     })
                            .argmax(1);
    torch::Tensor weight;
    for (const auto& [name, parameter] : network.parameters()) {
      if (name == "3.weight") weight = parameter;
    }
    ASSERT_EQ(weight.sizes(), (std::vector<std::int64_t>{2, 5}));
    for (std::int64_t i = 0; i < 40; ++i) {
      const std::int64_t length = dataset.samples.sequences.lengths[i];
      const auto expected =
          torch::relu((channels[i] * weight[chosen[i].item<std::int64_t>()]).sum(1)) / 9;
      for (std::int64_t t = 0; t < 9; ++t) {
        EXPECT_NEAR(maps.at(i)[t], t < length ? expected[t].item<float>() : 0, 1e-6)
            << i << " " << t;
      }
    }
  }
}

TEST(Embedding, IsWhatTheLastLayerSees) {
  const auto dataset = testing::two_moons();
  const auto learner = fitted(dataset, "[{linear: 7}, relu, {linear: 5}, relu]", 2);
  const auto embedded = learner->embed(dataset.samples, first_rows(20));
  EXPECT_EQ(embedded.rows, 20);
  EXPECT_EQ(embedded.columns, 5);
  for (const float value : embedded.values) EXPECT_GE(value, 0);
  EXPECT_EQ(learner->first_filters().count, 0) << "no convolution";
}

TEST(Embedding, OfShortSequencesIsWhatPredictionSees) {
  const auto dataset = testing::waves(1);
  const auto learner = fitted(dataset, "[{gru: 6}]", 1);
  const auto rows = first_rows(40);
  const auto embedded = learner->embed(dataset.samples, rows);
  ASSERT_EQ(embedded.columns, 6);
  const auto& last = static_cast<training::SupervisedLearner&>(*learner).network().module(1);
  const torch::NoGradGuard no_grad;
  const auto seen = torch::tensor(embedded.values).view({40, 6});
  const auto said = torch::softmax(last->forward(seen), 1);
  const auto predicted =
      torch::tensor(learner->predict(dataset.samples, rows).values).view({40, 2});
  EXPECT_LT((said - predicted).abs().max().item<double>(), 1e-5);
}

TEST(Attribution, OfShortSequencesEndsWhereTheyDo) {
  const auto dataset = testing::waves(1);
  const auto learner = fitted(dataset, "[{gru: 6}]", 1);
  const auto rows = first_rows(40);
  EXPECT_EQ(learner->attribute(dataset.samples, rows, {Method::kGradCam, false}).count, 0)
      << "no layer has places";
  for (const auto method : {Method::kGradient, Method::kIntegratedGradients, Method::kOcclusion}) {
    const auto maps = learner->attribute(dataset.samples, rows, {method, false});
    const std::int64_t per_step = maps.width / 9;
    double within = 0, past = 0;
    for (std::int64_t i = 0; i < 40; ++i) {
      for (std::int64_t k = 0; k < maps.width; ++k) {
        const bool is_past = k / per_step >= dataset.samples.sequences.lengths[i];
        (is_past ? past : within) += std::abs(maps.at(i)[k]);
      }
    }
    EXPECT_EQ(past, 0) << static_cast<int>(method);
    EXPECT_GT(within, 0) << static_cast<int>(method);
  }
}

TEST(Filters, AreTheFirstConvolutions) {
  const auto dataset = testing::bars();
  Quiet quiet;
  auto learner = training::make_supervised(
      testing::problem(dataset, "[{conv2d: {channels: 6, kernel: 5}}, {conv2d: 3}]"), quiet.run);
  const auto filters = learner->first_filters();
  EXPECT_EQ(filters.count, 6);
  EXPECT_EQ(filters.channels, 1);
  EXPECT_EQ(filters.height, 5);
  EXPECT_EQ(filters.values.size(), 150u);
}

}  // namespace
}  // namespace dlwork
