#include <gtest/gtest.h>

#include "dlwork/base/files.h"
#include "dlwork/training/metrics.h"
#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "support/stop_after.h"
#include "support/temporary_folder.h"
#include "training/autocast.h"
#include "training/averaging.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using testing::TemporaryFolder;

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

/// All weights of a learner after a fit, in a row.
torch::Tensor trained(const data::Dataset& dataset, const std::string& layers,
                      const FitOptions& options) {
  Setting run;
  auto learner = make_supervised(testing::problem(dataset, layers), run.context);
  learner->fit(options, run.context);
  std::vector<torch::Tensor> all;
  for (const auto& [name, tensor] : dynamic_cast<SupervisedLearner&>(*learner).named_tensors()) {
    all.push_back(tensor.detach().flatten().to(torch::kFloat32).clone());
  }
  return torch::cat(all);
}

double accuracy_of(const data::Dataset& dataset, const std::string& layers,
                   const FitOptions& options) {
  Setting run;
  auto learner = make_supervised(testing::problem(dataset, layers), run.context);
  learner->fit(options, run.context);
  const auto& rows = dataset.part(data::Part::kTest);
  return compute_metric("accuracy", learner->predict(dataset.samples, rows), dataset.samples.target,
                        rows);
}

TEST(Accumulation, GivesTheStepsOfALargerBatch) {
  const auto dataset = testing::two_moons();
  auto large = testing::fit_options(dataset, 3);
  large.training.optimizer = "sgd";
  large.training.batch_size = 64;
  large.validation_rows = {};  // keeps the newest weights
  auto small = large;
  small.training.batch_size = 16;
  small.training.accumulate = 4;
  const auto a = trained(dataset, "[{linear: 16}, tanh]", large);
  const auto b = trained(dataset, "[{linear: 16}, tanh]", small);
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-5);
  small.training.accumulate = 1;
  EXPECT_GT((a - trained(dataset, "[{linear: 16}, tanh]", small)).abs().max().item<double>(), 1e-3);
}

TEST(Precision, Bfloat16LearnsAsWellAndKeepsFloatWeights) {
  const auto dataset = testing::bars();
  const std::string cnn = "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]";
  auto options = testing::fit_options(dataset, 12);
  const auto plain = trained(dataset, cnn, options);
  options.training.precision = "bfloat16";
  const auto half = trained(dataset, cnn, options);
  EXPECT_FALSE(torch::equal(plain, half));
  EXPECT_TRUE(torch::equal(half, trained(dataset, cnn, options)));
  // Numbers that bfloat16 cannot hold: the weights themselves stay float32.
  EXPECT_FALSE(torch::equal(half, half.to(torch::kBFloat16).to(torch::kFloat32)));
  EXPECT_GE(accuracy_of(dataset, cnn, options), 0.95);
}

TEST(Precision, Float16LearnsAsWellAndKeepsFloatWeightsOrSaysWhatItNeeds) {
  const auto dataset = testing::bars();
  const std::string cnn = "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]";
  auto options = testing::fit_options(dataset, 12);
  options.training.precision = "float16";
  if (!kHalfOnCpu) {
    try {
      trained(dataset, cnn, options);
      FAIL() << "LibTorch has no float16 on the CPU";
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kUsage);
      const std::string text = error.what();
      EXPECT_NE(text.find("training.precision: float16 on the CPU needs LibTorch 2.4"),
                std::string::npos)
          << text;
    }
    return;
  }
  const auto half = trained(dataset, cnn, options);
  EXPECT_TRUE(torch::equal(half, trained(dataset, cnn, options)));
  EXPECT_FALSE(torch::equal(half, half.to(torch::kHalf).to(torch::kFloat32)));
  EXPECT_GE(accuracy_of(dataset, cnn, options), 0.95);
  options.training.precision = "float32";
  EXPECT_FALSE(torch::equal(half, trained(dataset, cnn, options)));
}

/// The same pictures, each pixel as a square of so many a side.
data::Dataset enlarged(data::Dataset dataset, std::int64_t times) {
  const data::Pictures small = dataset.samples.pictures;
  auto& large = dataset.samples.pictures;
  large = {small.count, 1, times * small.height, times * small.width, {}};
  for (std::int64_t i = 0; i < small.count; ++i) {
    for (std::int64_t y = 0; y < large.height; ++y) {
      for (std::int64_t x = 0; x < large.width; ++x) {
        large.pixels.push_back(small.at(i)[y / times * small.width + x / times]);
      }
    }
  }
  return dataset;
}

TEST(MakeSupervised, RefusesAnAnswerAtEachStep) {
  const auto dataset = testing::waves(9);
  Setting run;
  try {
    make_supervised(testing::problem(dataset, "[{output: {each_step: true}}]"), run.context);
    FAIL() << "a sample has one class";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().message,
              "output: answers each step, and the task asks for one answer a sample; its input is "
              "[9, 2]");
  }
}

TEST(Feeding, BatchesGatheredAheadGiveTheSameBits) {
  const auto dataset = enlarged(testing::bars(), 8);
  auto options = testing::fit_options(dataset, 8);
  options.training.batch_size = 20;
  options.training.augment.flip = true;
  options.training.augment.rotate = 20;  // more work than the network below
  options.training.augment.mixup = 0.2;  // draws from the same stream
  const auto fitted = [&](int threads) {
    Setting run;
    run.context.threads = threads;
    auto learner = make_supervised(testing::problem(dataset, "[{linear: 4}, relu]"), run.context);
    auto report = learner->fit(options, run.context);
    return std::make_pair(report.feeding, copies(dynamic_cast<const SupervisedLearner&>(*learner)));
  };
  const auto alone = fitted(1), ahead = fitted(2);
  EXPECT_EQ(alone.first, "not gathered ahead: training has one thread");
  EXPECT_NE(ahead.first.find("gathered ahead on a thread: a step takes "), std::string::npos)
      << ahead.first;
  for (std::size_t i = 0; i < alone.second.size(); ++i) {
    EXPECT_TRUE(torch::equal(alone.second[i], ahead.second[i])) << i;
  }
}

TEST(Averaging, EmaIsTheRunningMean) {
  const model::Network network(testing::layers("[{linear: 3}, batch_norm]"), {{2}, {}}, 2, 1);
  FlatParameters flat(network.parameters());
  const spec::Averaging options{"ema", 0.25, 0};
  WeightAverage average(options, network, flat);
  EXPECT_FALSE(average.ready());
  torch::NoGradGuard no_grad;
  torch::Tensor mean;
  for (int n = 0; n < 6; ++n) {
    flat.values.fill_(static_cast<float>(n * n));
    network.buffers()[0].second.fill_(static_cast<float>(-n * n));
    average.after_step();
    const double keep = n == 0 ? 0 : std::min(0.25, (1.0 + n) / (10.0 + n));
    const auto now = torch::full({1}, static_cast<double>(n * n), torch::kFloat64);
    mean = n == 0 ? now : keep * mean + (1 - keep) * now;
  }
  {
    const WeightAverage::InPlace averaged(average, [] { FAIL() << "nothing is measured for ema"; });
    EXPECT_NEAR(flat.values[0].item<double>(), mean.item<double>(), 1e-5);
    EXPECT_NEAR(network.buffers()[0].second[0].item<double>(), -mean.item<double>(), 1e-5);
  }
  EXPECT_EQ(flat.values[0].item<double>(), 25);
  EXPECT_EQ(network.buffers()[0].second[0].item<double>(), -25);
}

TEST(Averaging, SwaIsThePlainMeanAndMeasuresBatchNormAnew) {
  const model::Network network(testing::layers("[batch_norm]"), {{2}, {}}, 2, 1);
  FlatParameters flat(network.parameters());
  const spec::Averaging options{"swa", 0, 0.5};
  WeightAverage average(options, network, flat);
  torch::NoGradGuard no_grad;
  for (int epoch = 1; epoch <= 4; ++epoch) {
    flat.values.fill_(static_cast<float>(epoch));
    average.after_epoch(epoch * 10, 20);
  }
  const auto x = torch::tensor({{1.0f, 10.0f}, {3.0f, 10.0f}, {5.0f, 40.0f}, {7.0f, 40.0f}});
  {
    const WeightAverage::InPlace averaged(average, [&] {
      network.forward(x.narrow(0, 0, 2));
      network.forward(x.narrow(0, 2, 2));
    });
    EXPECT_EQ(flat.values[0].item<double>(), 3);  // of epochs 2, 3 and 4
    const auto mean = network.buffers()[0].second, variance = network.buffers()[1].second;
    EXPECT_NEAR(mean[0].item<double>(), 4, 1e-6);
    EXPECT_NEAR(mean[1].item<double>(), 25, 1e-6);
    EXPECT_NEAR(variance[0].item<double>(), 2, 1e-6);  // the mean of the batches' variances
  }
  EXPECT_EQ(flat.values[0].item<double>(), 4);
  EXPECT_EQ(network.buffers()[0].second[0].item<double>(), 0);
}

/// Weights after so many epochs of the same steps at one rate.
torch::Tensor after_epochs(std::int64_t epochs, std::int64_t batch_size,
                           const spec::Averaging& averaging = {}) {
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, epochs);
  options.training.schedule = "constant";
  options.training.batch_size = batch_size;
  options.training.averaging = averaging;
  options.validation_rows = {};  // keeps the newest weights
  return trained(dataset, "[{linear: 8}, tanh]", options);
}

// Izmailov et al. 2018, algorithm 1: the weights that averaging starts from count, too.
TEST(Averaging, OfAFitBySwaIsTheMeanOfItsLastEpochs) {
  const auto swa = after_epochs(4, 32, {"swa", 0, 0.5});
  const auto mean = (after_epochs(2, 32) + after_epochs(3, 32) + after_epochs(4, 32)) / 3;
  EXPECT_LT((swa - mean).abs().max().item<double>(), 1e-6);
  EXPECT_GT((swa - after_epochs(4, 32)).abs().max().item<double>(), 1e-3);
}

TEST(Averaging, OfAFitByEmaGoesByItsSteps) {
  // One step an epoch. Weights of what was: 2/11, then 3/12, or no more than 0.2.
  const auto one = after_epochs(1, 240), two = after_epochs(2, 240), three = after_epochs(3, 240);
  const auto mean = (2 * one + 9 * two) / 11;
  const auto late = after_epochs(3, 240, {"ema", 0.999, 0});
  EXPECT_LT((late - (mean + 3 * three) / 4).abs().max().item<double>(), 1e-6);
  const auto soon = after_epochs(3, 240, {"ema", 0.2, 0});
  EXPECT_LT((soon - (0.2 * mean + 0.8 * three)).abs().max().item<double>(), 1e-6);
  EXPECT_GT((late - three).abs().max().item<double>(), 1e-4);
}

TEST(Averaging, BothLearn) {
  const auto dataset = testing::bars();
  const std::string cnn = "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]";
  for (const char* method : {"ema", "swa"}) {
    auto options = testing::fit_options(dataset, 16);
    options.training.averaging.method = method;
    options.training.averaging.decay = 0.9;
    EXPECT_GE(accuracy_of(dataset, cnn, options), 0.95) << method;
  }
}

TEST(Resume, EverySettingEndsWithTheBitsOfAnUninterruptedRun) {
  const auto dataset = testing::bars();
  const std::string layers =
      "[{conv2d: 4}, batch_norm, relu, {max_pool2d: 2}, to_sequence, {gru: 6}, {dropout: 0.2}]";
  using Change = void (*)(spec::Training&);
  const std::pair<const char*, Change> cases[] = {
      {"accumulate", [](spec::Training& t) { t.accumulate = 3; }},
      {"ema", [](spec::Training& t) { t.averaging.method = "ema"; }},
      {"swa",
       [](spec::Training& t) {
         t.averaging = {"swa", 0.9, 0.3};
       }},
      {"bfloat16", [](spec::Training& t) { t.precision = "bfloat16"; }},
      {"float16", [](spec::Training& t) { t.precision = "float16"; }},
      {"plateau", [](spec::Training& t) { t.schedule = "plateau", t.rate_decay.patience = 0; }},
      {"warm steps",
       [](spec::Training& t) { t.schedule = "step", t.warmup = 2, t.rate_decay.every = 3; }},
      {"focal", [](spec::Training& t) { t.loss = "focal", t.focal_gamma = 1; }},
  };
  TemporaryFolder folder;
  for (const auto& [name, change] : cases) {
    if (!kHalfOnCpu && std::string(name) == "float16") continue;
    SCOPED_TRACE(name);
    auto options = testing::fit_options(dataset, 5);
    change(options.training);
    const auto whole = trained(dataset, layers, options);
    for (const int batches : {4, 12}) {
      options.checkpoint_folder = folder / (std::string(name) + std::to_string(batches));
      options.resume = false;
      StopFlag stop;
      testing::StopAfter reporter(stop, batches);
      RunContext interrupted{reporter, stop};
      auto first = make_supervised(testing::problem(dataset, layers), interrupted);
      EXPECT_THROW(first->fit(options, interrupted), Error);
      options.resume = true;
      EXPECT_TRUE(torch::equal(whole, trained(dataset, layers, options))) << batches;
    }
  }
}

TEST(Resume, AnotherSettingIsRefused) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 2);
  options.checkpoint_folder = folder / "c";
  make_supervised(testing::problem(dataset, "[{linear: 4}]"), run.context)
      ->fit(options, run.context);
  options.resume = true;
  options.training.accumulate = 2;
  EXPECT_THROW(make_supervised(testing::problem(dataset, "[{linear: 4}]"), run.context)
                   ->fit(options, run.context),
               Error);
}

}  // namespace
}  // namespace dlwork::training
