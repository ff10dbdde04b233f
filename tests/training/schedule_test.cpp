#include "training/schedule.h"

#include <gtest/gtest.h>

#include "dlwork/base/error.h"

namespace dlwork::training {
namespace {

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
    EXPECT_NE(std::string(error.what()).find("one-cycle, cosine and constant"), std::string::npos);
  }
}

}  // namespace
}  // namespace dlwork::training
