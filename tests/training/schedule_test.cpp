#include "training/schedule.h"

#include <gtest/gtest.h>

#include "dlwork/base/error.h"

namespace dlwork::training {
namespace {

spec::Training training(const std::string& schedule, double rate, double momentum) {
  spec::Training training;
  training.schedule = schedule;
  training.learning_rate = rate;
  training.momentum = momentum;
  return training;
}

Rates rates_at(const std::string& schedule, double rate, double momentum, std::int64_t step,
               std::int64_t steps) {
  return training::rates_at(training(schedule, rate, momentum), {step, steps, steps, 0});
}

// torch.optim.lr_scheduler.OneCycleLR(max_lr=0.1, total_steps=100, pct_start=0.3,
// final_div_factor=1e4, base_momentum=0.85, max_momentum=0.95) in PyTorch 2.13.0.
TEST(Schedule, OneCycleIsPyTorchs) {
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 0, 100).learning_rate, 0.004, 1e-9);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 29, 100).learning_rate, 0.1, 1e-9);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 99, 100).learning_rate, 0.1 / 25e4, 1e-12);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 15, 100).learning_rate, 0.05459866761210004, 1e-12);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 15, 100).momentum, 0.897293054570729, 1e-12);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 30, 100).learning_rate, 0.09994965352845243, 1e-12);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 60, 100).learning_rate, 0.05892800902855288, 1e-12);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 60, 100).momentum, 0.8910721552600681, 1e-12);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 0, 100).momentum, 0.95, 1e-9);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 29, 100).momentum, 0.85, 1e-9);
  EXPECT_NEAR(rates_at("one-cycle", 0.1, 0.95, 99, 100).momentum, 0.95, 1e-9);
}

TEST(Schedule, CosineFallsToHalfInTheMiddle) {
  EXPECT_NEAR(rates_at("cosine", 0.2, 0.9, 50, 100).learning_rate, 0.1, 1e-12);
  // torch.optim.lr_scheduler.CosineAnnealingLR(T_max=100).
  EXPECT_NEAR(rates_at("cosine", 0.2, 0.9, 25, 100).learning_rate, 0.1707106781186548, 1e-12);
  EXPECT_NEAR(rates_at("cosine", 0.2, 0.9, 99, 100).learning_rate, 4.9343963426840034e-05, 1e-12);
  EXPECT_EQ(rates_at("constant", 0.2, 0.9, 50, 100).learning_rate, 0.2);
}

TEST(Schedule, StepsFallEverySoManyEpochs) {
  auto settings = training("step", 0.1, 0.9);
  settings.rate_decay = {0.5, 3, 0};
  const auto at = [&](std::int64_t step) {
    return training::rates_at(settings, {step, 100, 10, 0}).learning_rate;
  };
  EXPECT_EQ(at(29), 0.1);
  EXPECT_EQ(at(30), 0.05);
  EXPECT_EQ(at(59), 0.05);
  EXPECT_EQ(at(60), 0.025);
}

// torch.optim.lr_scheduler.ReduceLROnPlateau(factor=0.1, patience=2) on the same losses.
TEST(Schedule, PlateausAreThoseOfPyTorch) {
  const std::vector<double> losses{1,  .9,  .95, .92, .91, .9,  .89999,
                                   .8, .85, .85, .85, .85, .85, .85};
  const std::vector<std::int64_t> expected{0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3};
  std::vector<EpochRecord> history;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    history.push_back({});
    history.back().validation_loss = losses[i];
    EXPECT_EQ(plateaus_in(history, 2, LossOf::kValidation), expected[i]) << i;
  }
  auto settings = training("plateau", 0.5, 0.9);
  EXPECT_NEAR(training::rates_at(settings, {7, 100, 10, 2}).learning_rate, 0.005, 1e-12);
}

TEST(Schedule, WarmingUpComesBeforeAllButOneCycle) {
  auto settings = training("cosine", 0.2, 0.9);
  settings.warmup = 1;
  const auto at = [&](std::int64_t step) {
    return training::rates_at(settings, {step, 100, 10, 0}).learning_rate;
  };
  EXPECT_NEAR(at(0), 0.02, 1e-12);
  EXPECT_NEAR(at(9), 0.2, 1e-12);
  EXPECT_NEAR(at(10), 0.2, 1e-12);
  // CosineAnnealingLR(T_max=90) after 30 steps.
  EXPECT_NEAR(at(40), 0.15, 1e-9);
  settings.schedule = "constant";
  EXPECT_NEAR(at(4), 0.1, 1e-12);
  EXPECT_EQ(at(50), 0.2);
  settings.schedule = "one-cycle";
  EXPECT_NEAR(at(0), 0.2 / 25, 1e-12);
}

TEST(Schedule, EpochsOfStepsCountFromBeforeTheWarmUp) {
  auto settings = training("step", 0.1, 0.9);
  settings.warmup = 2;
  settings.rate_decay = {0.5, 3, 0};
  const auto at = [&](std::int64_t step) {
    return training::rates_at(settings, {step, 100, 10, 0}).learning_rate;
  };
  EXPECT_NEAR(at(0), 0.1 / 20, 1e-12);
  EXPECT_NEAR(at(9), 0.1 * 10 / 20, 1e-12);
  EXPECT_NEAR(at(19), 0.1, 1e-12);
  EXPECT_EQ(at(29), 0.1);
  EXPECT_EQ(at(30), 0.05);
}

// Smith 2018, section 4.3: momentum falls while the rate grows.
TEST(Schedule, MomentumGoesAgainstTheRateInOneCycleAlone) {
  for (std::int64_t step = 1; step < 100; ++step) {
    const auto before = rates_at("one-cycle", 0.1, 0.95, step - 1, 100);
    const auto now = rates_at("one-cycle", 0.1, 0.95, step, 100);
    EXPECT_EQ(now.learning_rate > before.learning_rate, now.momentum < before.momentum) << step;
    EXPECT_EQ(rates_at("one-cycle", 0.1, 0.8, step, 100).momentum, 0.8) << "below 0.85 at once";
  }
  for (const char* schedule : {"cosine", "step", "plateau", "constant"}) {
    EXPECT_EQ(rates_at(schedule, 0.1, 0.95, 40, 100).momentum, 0.95) << schedule;
  }
}

TEST(Schedule, AveragingHoldsTheRate) {
  auto settings = training("cosine", 0.2, 0.9);
  const auto at = [&](std::int64_t step) {
    return training::rates_at(settings, {step, 100, 10, 0}).learning_rate;
  };
  const double middle = at(50), end = at(90);
  settings.averaging = {"swa", 0, 0.5};
  EXPECT_EQ(averaging_start(settings, 100), 50);
  EXPECT_EQ(at(50), middle);
  EXPECT_EQ(at(90), middle);
  EXPECT_NE(end, middle);
}

TEST(Schedule, EveryLengthStaysWithinItsPeak) {
  for (std::int64_t steps = 1; steps < 40; ++steps) {
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto rates = rates_at("one-cycle", 1, 0.9, step, steps);
      EXPECT_GT(rates.learning_rate, 0) << step << " of " << steps;
      EXPECT_LE(rates.learning_rate, 1) << step << " of " << steps;
    }
  }
}

TEST(Schedule, UnknownNameListsTheKnownOnes) {
  try {
    rates_at("onecycle", 1, 0.9, 0, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("one-cycle, cosine, step, plateau and constant"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace dlwork::training
