#include "training/range_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "dlwork/base/files.h"
#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "support/temporary_folder.h"
#include "training/autocast.h"

namespace dlwork::training {
namespace {

std::vector<RatePoint> points(const std::vector<double>& smoothed) {
  std::vector<RatePoint> all;
  double rate = 1e-4;
  for (const double loss : smoothed) {
    all.push_back({rate, loss, loss});
    rate *= 10;
  }
  return all;
}

TEST(RangeTest, TakesATenthOfTheRateWithTheLowestLoss) {
  const auto test = choose_rate(points({2, 1.9, 1.2, 1.5, 4}));
  ASSERT_TRUE(test.rate);
  EXPECT_NEAR(*test.lowest_at, 1e-2, 1e-12);
  EXPECT_NEAR(*test.rate, 1e-3, 1e-12);
}

TEST(RangeTest, SaysNothingWhereTheLossDoesNotFall) {
  EXPECT_FALSE(choose_rate(points({2, 2.1, 3})).rate);
  EXPECT_FALSE(choose_rate(points({2, 1.95, 3})).rate) << "less than a twentieth";
  EXPECT_FALSE(choose_rate({}).rate);
  EXPECT_TRUE(choose_rate(points({1.8, 2, 1.7, 3})).rate) << "from the highest before the lowest";
}

TEST(RangeTest, FindsARateThatLearnsAndLeavesTheNetworkAsItWas) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  testing::TemporaryFolder folder;
  const auto dataset = testing::bars();
  const std::string layers = "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]";
  for (const char* optimizer : {"sgd", "adamw"}) {
    auto learner = make_supervised(testing::problem(dataset, layers), run);
    learner->save(folder / "before");
    auto options = testing::fit_options(dataset, 15);
    options.training.optimizer = optimizer;
    const auto test = learner->range_test(options, run);
    learner->save(folder / "after");
    EXPECT_EQ(read_file(folder / "before"), read_file(folder / "after"));
    ASSERT_TRUE(test.rate) << optimizer;
    EXPECT_GE(test.points.size(), 80u);
    EXPECT_NEAR(test.points.front().rate, 1e-7, 1e-12);
    EXPECT_GT(*test.rate, 1e-5);
    EXPECT_LT(*test.rate, 1.1);
    options.training.learning_rate = *test.rate;
    EXPECT_GE(learner->fit(options, run).best_metric, 0.95) << optimizer << " at " << *test.rate;
  }
}

TEST(RangeTest, LeavesATraceOfItsStepsWhereOneIsWanted) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  testing::TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 16}, relu]"), run);
  auto options = testing::fit_options(dataset, 1);
  const auto plain = learner->range_test(options, run);
  options.trace_file = folder / "trace.json";
  const auto traced = learner->range_test(options, run);
  EXPECT_EQ(traced.points.size(), plain.points.size());
  EXPECT_EQ(traced.points.back().loss, plain.points.back().loss);
  std::map<std::string, std::size_t> spans;
  const Json trace = Json::parse(read_file(options.trace_file));
  for (const Json& span : trace.at("traceEvents")) {
    ++spans[span.at("name").get<std::string>()];
  }
  EXPECT_EQ(spans.size(), 4u);
  EXPECT_EQ(spans["data"], spans["forward"]);
  EXPECT_EQ(spans["backward"], spans["optimizer"]);
  EXPECT_GE(spans["forward"], traced.points.size());
  // The last step, whose loss has blown up, may have no backward pass.
  EXPECT_LE(spans["forward"] - spans["backward"], 1u);
}

TEST(RangeTest, TakesThePrecisionOfTheTraining) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 16}, relu]"), run);
  auto options = testing::fit_options(dataset, 1);
  options.training.optimizer = "sgd";
  const auto whole = learner->range_test(options, run);
  ASSERT_TRUE(whole.rate);
  for (const char* precision : {"bfloat16", "float16"}) {
    SCOPED_TRACE(precision);
    options.training.precision = precision;
    if (!kHalfOnCpu && options.training.precision == "float16") {
      try {
        learner->range_test(options, run);
        FAIL() << "LibTorch has no float16 on the CPU";
      } catch (const Error& error) {
        EXPECT_EQ(error.status(), ExitStatus::kUsage);
      }
      continue;
    }
    const auto half = learner->range_test(options, run);
    EXPECT_NE(half.points.front().loss, whole.points.front().loss);
    EXPECT_NEAR(half.points.front().loss, whole.points.front().loss, 0.02);
    ASSERT_TRUE(half.rate);
    EXPECT_GT(*half.rate, *whole.rate / 10);
    EXPECT_LT(*half.rate, *whole.rate * 10);
  }
}

TEST(RangeTest, IsCheckedAsAFitBeforeItsFirstStep) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto moons = testing::two_moons();
  const auto bars = testing::bars();
  const auto error_of = [&](const data::Dataset& dataset, const std::string& layers,
                            const FitOptions& options) {
    auto learner = make_supervised(testing::problem(dataset, layers), run);
    try {
      learner->range_test(options, run);
    } catch (const Error& error) {
      return error;
    }
    return Error(ExitStatus::kOk, "no error");
  };

  auto options = testing::fit_options(moons, 1);
  options.training.augment.flip = true;
  const auto flipped = error_of(moons, "[{linear: 4}]", options);
  EXPECT_EQ(flipped.status(), ExitStatus::kUsage);
  EXPECT_EQ(flipped.diagnostics().front().key, "training.augment.flip");

  options = testing::fit_options(moons, 1);
  options.training.batch_size = 1;
  const auto alone = error_of(moons, "[{linear: 4}, batch_norm]", options);
  EXPECT_EQ(alone.status(), ExitStatus::kUsage);
  EXPECT_EQ(alone.diagnostics().front().key, "training.batch_size");

  // 4096 channels of 64 floats are 1 MiB a sample, and 4 million of those 4 TB.
  options = testing::fit_options(bars, 1);
  options.train_rows.assign(4'000'000, 0);
  options.training.batch_size = 4'000'000;
  const auto large = error_of(bars, "[{conv2d: 4096}, global_avg_pool]", options);
  EXPECT_EQ(large.status(), ExitStatus::kRuntime);
  EXPECT_NE(std::string(large.what()).find("not enough memory to train: "), std::string::npos)
      << large.what();
}

}  // namespace
}  // namespace dlwork::training
