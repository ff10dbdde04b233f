#include "training/range_test.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace dlwork::training
