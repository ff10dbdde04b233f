#include "training/runner.h"
#include "training/batch_size.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/fit_problem.h"

namespace dlwork::training {
namespace {

using model::Network;

constexpr double kClose = 1e-5;
/// A gradient of a picture's first layer adds up 2,048 products; in another order, or with another
/// compiler's fused ones, the sum moves by up to 2e-5. A wrong formula is off by a thousand times
/// that.
constexpr double kCloseGradients = 3 * kClose;
/// The same of each parameter by itself. A sum whose terms cancel is only as exact as its terms,
/// which are about as large as others' sums: it is compared by a tenth of the largest of all, or by
/// what a sample's share of a batch comes to.
constexpr double kCloseAlone = 1e-4;
constexpr double kOthers = 0.1;
constexpr double kShare = 1e-3;

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

/// A network with its gradients and one of the two ways to run it.
struct Way {
  Way(const data::Dataset& dataset, const std::string& layers, const LossSettings& settings,
      RunnerChoice choice, RunContext& run, const std::string& loss) {
    auto problem = testing::problem(dataset, layers);
    if (!loss.empty()) problem.loss = loss;
    owner = make_supervised(std::move(problem), run);
    learner = static_cast<SupervisedLearner*>(owner.get());
    flat = std::make_unique<FlatParameters>(learner->network().parameters());
    optimizer = make_optimizer("sgd", *flat);
    runner = make_runner(*learner, settings, choice);
    batches = std::make_unique<Batches>(dataset.samples, learner->blueprint().preprocessor,
                                        learner->blueprint().coding, torch::Device(torch::kCPU));
  }
  double step(const std::vector<std::int64_t>& rows, std::uint64_t noise) {
    runner->gather({*batches, rows.data(), static_cast<std::int64_t>(rows.size())});
    const double loss = runner->forward(Network::Mode::kTrain, noise);
    runner->backward();
    torch::NoGradGuard no_grad;
    optimizer->step(*flat, {rate, 0.9, 1e-3});
    return loss;
  }
  /// Small enough that no network runs away, which would make the least difference a large one.
  static constexpr double rate = 0.002;
  std::unique_ptr<Learner> owner;
  SupervisedLearner* learner;
  std::unique_ptr<FlatParameters> flat;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<Runner> runner;
  std::unique_ptr<Batches> batches;
};

/// The largest difference, as a share of the largest number where that is above 1.
double apart(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.numel() == 0) return 0;
  const double size = std::max(1.0, a.abs().max().item<double>());
  return (a - b).abs().max().item<double>() / size;
}

double apart(const Outputs& a, const Outputs& b) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.columns, b.columns);
  return apart(torch::tensor(a.values), torch::tensor(b.values));
}

/// The largest difference of a parameter's gradient, as a share of the largest number in it.
double gradients_apart(const Way& a, const Way& b) {
  const auto left = a.learner->network().parameters(), right = b.learner->network().parameters();
  const double floor = std::max(kShare, kOthers * a.flat->gradients.abs().max().item<double>());
  double most = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto &x = left[i].second.grad(), &y = right[i].second.grad();
    const double size = std::max(floor, x.abs().max().item<double>());
    most = std::max(most, (x - y).abs().max().item<double>() / size);
  }
  return most;
}

void expect_the_same(const data::Dataset& dataset, const std::string& layers,
                     const LossSettings& settings, const std::string& loss = "") {
  SCOPED_TRACE(layers);
  Setting run;
  Way planned(dataset, layers, settings, RunnerChoice::kFastest, run.context, loss);
  Way autograd(dataset, layers, settings, RunnerChoice::kAutograd, run.context, loss);
  ASSERT_EQ(planned.runner->path(), "planned");
  ASSERT_EQ(autograd.runner->path(), "autograd (asked for)");
  const auto& train = dataset.part(data::Part::kTrain);
  std::size_t begin = 0;
  for (const std::size_t count : {32u, 7u, 32u}) {
    const std::vector<std::int64_t> rows(train.begin() + begin, train.begin() + begin + count);
    begin += count;
    const double first = planned.step(rows, begin), second = autograd.step(rows, begin);
    ASSERT_NEAR(first, second, kClose * std::max(1.0, second));
    const double largest = autograd.flat->gradients.abs().max().item<double>();
    ASSERT_LT(apart(autograd.flat->gradients / largest, planned.flat->gradients / largest),
              kCloseGradients);
    ASSERT_LT(gradients_apart(autograd, planned), kCloseAlone);
    Outputs of_planned, of_autograd;
    planned.runner->append_outputs(of_planned);
    autograd.runner->append_outputs(of_autograd);
    ASSERT_LT(apart(of_autograd, of_planned), kClose);
  }
  const auto left = planned.learner->named_tensors(), right = autograd.learner->named_tensors();
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_LT(apart(right[i].second.to(torch::kFloat32), left[i].second.to(torch::kFloat32)),
              kClose)
        << left[i].first;
  }
  Outputs of_planned, of_autograd;
  const auto& rows = dataset.part(data::Part::kValidation);
  const double first = evaluate(*planned.runner, *planned.batches, rows,
                                evaluation_batch(*planned.learner), of_planned);
  const double second = evaluate(*autograd.runner, *autograd.batches, rows,
                                 evaluation_batch(*autograd.learner), of_autograd);
  EXPECT_NEAR(first, second, kClose * std::max(1.0, second));
  EXPECT_LT(apart(of_autograd, of_planned), kClose);
}

std::string number(std::uint64_t value) { return std::to_string(value); }

/// One to five layers for tables.
std::string random_table_layers(Rng& rng) {
  std::string text = "[{linear: " + number(1 + rng.below(70)) + "}";
  for (std::uint64_t left = rng.below(6); left > 0; --left) {
    switch (rng.below(11)) {
      case 0:
        text += ", {linear: " + number(1 + rng.below(70)) + "}";
        break;
      case 1:
        text += ", {linear: {units: " + number(1 + rng.below(40)) + ", bias: false}}";
        break;
      case 2:
        text += ", relu";
        break;
      case 3:
        text += ", gelu";
        break;
      case 4:
        text += ", silu";
        break;
      case 5:
        text += ", tanh";
        break;
      case 6:
        text += ", sigmoid";
        break;
      case 7:
        text += ", {leaky_relu: 0.1}";
        break;
      case 8:
        text += ", {dropout: 0." + number(rng.below(9)) + "}";
        break;
      case 9:
        text += ", batch_norm";
        break;
      default:
        text += ", layer_norm";
        break;
    }
  }
  return text + "]";
}

std::string random_conv(Rng& rng, std::uint64_t channels) {
  static const char* const kForms[] = {"",
                                       ", kernel: 1",
                                       ", kernel: 5",
                                       ", stride: 2",
                                       ", padding: valid",
                                       ", kernel: 2",
                                       ", bias: false"};
  return "{conv2d: {channels: " + number(channels) + kForms[rng.below(7)] + "}}";
}

/// Convolutions, pooling and a residual part on pictures of 8 x 8, then layers for tables.
std::string random_picture_layers(Rng& rng) {
  std::string text = "[" + random_conv(rng, 1 + rng.below(20));
  if (rng.below(2) == 1) text += ", batch_norm";
  text += rng.below(2) == 1 ? ", relu" : ", gelu";
  switch (rng.below(6)) {
    case 0:
      text += ", {max_pool2d: 2}";
      break;
    case 1:
      text += ", {max_pool2d: {kernel: 3, stride: 1}}";
      break;
    case 2:
      text += ", {avg_pool2d: 2}";
      break;
    case 3:
      text += ", {dropout: 0.3}, {max_pool2d: 2}";
      break;
    case 4:
      text += ", {residual: {layers: [{conv2d: 5}, batch_norm, relu, {conv2d: 7}]}}, relu";
      break;
    default:
      text += ", {residual: {layers: [{conv2d: {channels: 6, stride: 2}}, {dropout: 0.2}]}}";
      break;
  }
  text += ", {conv2d: " + number(1 + rng.below(40)) + "}, relu";
  if (rng.below(2) == 1) return text + ", global_avg_pool]";
  return text + ", flatten, {linear: 20}, {residual: {layers: [{linear: 9}, relu, {linear: 12}]}}]";
}

std::string random_recurrent(Rng& rng, const std::string& gives) {
  return std::string(rng.below(2) == 1 ? "{gru" : "{lstm") +
         ": {units: " + number(1 + rng.below(40)) + ", layers: " + number(1 + rng.below(3)) +
         (rng.below(2) == 1 ? ", bidirectional: true" : "") + ", gives: " + gives + "}}";
}

/// Recurrent layers, with layers that look at each step between them.
std::string random_series_layers(Rng& rng) {
  static const char* const kBetween[] = {"", ", layer_norm", ", gelu", ", {dropout: 0.3}",
                                         ", {linear: {units: 5, each_step: true}}, relu"};
  std::string text = "[";
  if (rng.below(2) == 1) text += "{linear: {units: 3, each_step: true}}, tanh, ";
  if (rng.below(2) == 1) {
    text += random_recurrent(rng, "sequence");
    text += std::string(kBetween[rng.below(5)]) + ", ";
  }
  if (rng.below(4) == 0) return text + random_recurrent(rng, "sequence") + ", flatten]";
  return text + random_recurrent(rng, "last") + ", {linear: 7}, relu]";
}

class BothWays : public ::testing::TestWithParam<int> {};

TEST_P(BothWays, GiveTheSameNumbersOnTables) {
  Rng rng(static_cast<std::uint64_t>(GetParam()), "layers");
  LossSettings settings;
  if (rng.below(2) == 1) settings.label_smoothing = 0.1;
  if (rng.below(2) == 1) settings.class_weights = torch::tensor({0.7f, 1.6f});
  expect_the_same(testing::two_moons(), random_table_layers(rng), settings);
  expect_the_same(testing::plane(), random_table_layers(rng), {},
                  GetParam() % 3 == 0   ? "huber"
                  : GetParam() % 3 == 1 ? "mae"
                                        : "mse");
}

TEST_P(BothWays, GiveTheSameNumbersOnPictures) {
  Rng rng(static_cast<std::uint64_t>(GetParam()), "picture layers");
  expect_the_same(testing::bars(), random_picture_layers(rng), {});
}

TEST_P(BothWays, GiveTheSameNumbersOnSeries) {
  Rng rng(static_cast<std::uint64_t>(GetParam()), "series layers");
  expect_the_same(testing::waves(rng.below(2) == 1 ? 1 : 9), random_series_layers(rng), {});
}

INSTANTIATE_TEST_SUITE_P(Seeds, BothWays, ::testing::Range(0, 50));

/// Weights after three steps on pictures, by planned kernels on so many threads.
torch::Tensor trained_on(int threads) {
  constexpr char kLayers[] =
      "[{conv2d: 40}, batch_norm, relu, {max_pool2d: 2}, {conv2d: {channels: 24, stride: 2}}, "
      "relu, {linear: 300}, relu, {dropout: 0.2}, {linear: 300}, layer_norm]";
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  Setting run;
  const auto dataset = testing::bars();
  Way way(dataset, kLayers, {}, RunnerChoice::kFastest, run.context, "");
  EXPECT_EQ(way.runner->path(), "planned");
  const auto& train = dataset.part(data::Part::kTrain);
  for (std::size_t i = 0; i < 3; ++i) {
    way.step({train.begin() + i * 45, train.begin() + (i + 1) * 45}, i);
  }
  at::set_num_threads(before);
  return way.flat->values.clone();
}

TEST(Runner, RecurrentLayersGiveTheSameNumbersOnSeveralThreads) {
  const auto trained = [](const std::string& layers, int threads) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    Setting run;
    const auto dataset = testing::waves(1);
    Way way(dataset, layers, {}, RunnerChoice::kFastest, run.context, "");
    const auto& train = dataset.part(data::Part::kTrain);
    for (std::size_t i = 0; i < 2; ++i)
      way.step({train.begin() + i * 40, train.begin() + i * 40 + 40}, i);
    at::set_num_threads(before);
    return way.flat->values.clone();
  };
  for (const char* layers :
       {"[{gru: {units: 60, layers: 2, bidirectional: true}}]",
        "[{lstm: {units: 60, bidirectional: true, gives: sequence}}, flatten]"}) {
    const auto one = trained(layers, 1), three = trained(layers, 3);
    EXPECT_TRUE(torch::equal(three, trained(layers, 3)));
    EXPECT_LT(apart(one, three), kClose) << layers;
  }
}

/// Parameters in the order in which a backward pass tells that their gradients are final, each with
/// its gradient at that moment.
struct Told {
  std::vector<std::size_t> order;
  std::vector<torch::Tensor> gradients;
};

TEST(Runner, TellsOfEachGradientOnceItIsFinalTheLastLayersFirst) {
  Setting run;
  const auto bars = testing::bars(), moons = testing::two_moons(), waves = testing::waves(1);
  const std::tuple<const data::Dataset&, const char*, RunnerChoice> cases[] = {
      {moons, "[{linear: 9}, relu, batch_norm, {linear: {units: 5, bias: false}}, tanh]",
       RunnerChoice::kFastest},
      {bars,
       "[{conv2d: 3}, relu, {residual: {layers: [{conv2d: 4}, batch_norm, relu, {conv2d: 5}]}}, "
       "{max_pool2d: 2}, {linear: 6}]",
       RunnerChoice::kFastest},
      {waves, "[{linear: {units: 3, each_step: true}}, {gru: {units: 4, layers: 2}}, layer_norm]",
       RunnerChoice::kFastest},
      {moons, "[{linear: 9}, softplus, {linear: 5}]", RunnerChoice::kAutograd}};
  for (const auto& [dataset, layers, choice] : cases) {
    SCOPED_TRACE(layers);
    Way way(dataset, layers, {}, choice, run.context, "");
    ASSERT_EQ(way.runner->path() == "planned", choice == RunnerChoice::kFastest);
    const auto parameters = way.learner->network().parameters();
    Told told;
    way.runner->on_gradient([&](std::size_t p) {
      told.order.push_back(p);
      told.gradients.push_back(parameters[p].second.grad().clone());
    });
    const auto& train = dataset.part(data::Part::kTrain);
    way.runner->gather({*way.batches, train.data(), 16});
    way.runner->forward(Network::Mode::kTrain, 1);
    way.runner->backward();
    ASSERT_EQ(told.order.size(), parameters.size());
    const auto layer_of = [&](std::size_t p) { return std::stoi(parameters[p].first); };
    for (std::size_t i = 0; i < told.order.size(); ++i) {
      EXPECT_TRUE(torch::equal(told.gradients[i], parameters[told.order[i]].second.grad()))
          << parameters[told.order[i]].first;
      if (i > 0) {
        EXPECT_LE(layer_of(told.order[i]), layer_of(told.order[i - 1]));
      }
    }
    std::sort(told.order.begin(), told.order.end());
    for (std::size_t p = 0; p < parameters.size(); ++p) EXPECT_EQ(told.order[p], p);
  }
}

TEST(Runner, DropoutBetweenRecurrentLayersTakesAutograd) {
  Setting run;
  const auto dataset = testing::waves(9);
  const auto learner = make_supervised(
      testing::problem(dataset, "[{gru: {units: 3, layers: 2, dropout: 0.1}}]"), run.context);
  const auto runner = make_runner(*static_cast<SupervisedLearner*>(learner.get()), {});
  EXPECT_EQ(runner->path(), "autograd (0 gru has no planned kernel)");
}

TEST(Runner, EachNumberOfThreadsGivesItsOwnBitsEachTime) {
  const auto one = trained_on(1), two = trained_on(2), three = trained_on(3);
  EXPECT_TRUE(torch::equal(one, trained_on(1)));
  EXPECT_TRUE(torch::equal(two, trained_on(2)));
  EXPECT_TRUE(torch::equal(three, trained_on(3)));
  EXPECT_LT(apart(one, two), kClose);
  EXPECT_LT(apart(one, three), kClose);
}

TEST(Runner, AWeightThatIsNoNumberMakesTheLossNone) {
  Setting run;
  const auto dataset = testing::bars();
  for (const char* layers : {"[{conv2d: 3}, relu, {max_pool2d: 2}]",
                             "[{linear: 20}, batch_norm, relu, {linear: 9}, tanh]",
                             "[flatten, {residual: {layers: [{linear: 64}, gelu, layer_norm]}}]"}) {
    Way way(dataset, layers, {}, RunnerChoice::kFastest, run.context, "");
    *way.flat->values.data_ptr<float>() = std::nanf("");
    const auto& train = dataset.part(data::Part::kTrain);
    EXPECT_TRUE(std::isnan(way.step({train.begin(), train.begin() + 16}, 1))) << layers;
  }
}

TEST(Runner, ALayerWithoutAPlannedKernelTakesAutogradAndIsNamed) {
  Setting run;
  const auto dataset = testing::bars();
  const auto learner =
      make_supervised(testing::problem(dataset, "[{conv2d: 2}, layer_norm]"), run.context);
  const auto report = learner->fit(testing::fit_options(dataset, 1), run.context);
  EXPECT_EQ(report.path, "autograd (1 layer_norm has no planned kernel)");
}

}  // namespace
}  // namespace dlwork::training
