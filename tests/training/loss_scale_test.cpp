#include "training/loss_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dlwork::training {
namespace {

TEST(LossScale, IsForFloat16Alone) {
  for (const char* precision : {"float32", "bfloat16"}) {
    LossScale scale(precision, torch::kCPU);
    EXPECT_FALSE(scale.active());
    const auto gradients = torch::full({2}, std::nanf(""));
    EXPECT_TRUE(scale.unscale(gradients)) << "nobody looks at them";
    EXPECT_EQ(scale.state().factor, 1);
  }
}

TEST(LossScale, DividesGradientsByWhatTheLossWasMultipliedBy) {
  LossScale scale("float16", torch::kCPU);
  EXPECT_EQ(scale.factor().item<float>(), 65536);
  const auto gradients = torch::tensor({65536.0f, -32768.0f});
  EXPECT_TRUE(scale.unscale(gradients));
  EXPECT_TRUE(torch::equal(gradients, torch::tensor({1.0f, -0.5f})));
}

TEST(LossScale, IsHalvedWhereAGradientOverflowsAndDoubledAfterManySteps) {
  LossScale scale("float16", torch::kCPU);
  const auto factor = scale.factor();
  const auto finite = torch::ones({2});
  EXPECT_TRUE(scale.unscale(finite));
  EXPECT_FALSE(scale.unscale(torch::tensor({1.0f, std::numeric_limits<float>::infinity()})));
  EXPECT_EQ(factor.item<float>(), 32768) << "the same tensor";
  EXPECT_EQ(scale.state().steps, 0);
  for (int step = 1; step <= 2000; ++step) {
    EXPECT_EQ(scale.state().factor, 32768) << step;
    ASSERT_TRUE(scale.unscale(finite));
  }
  EXPECT_EQ(factor.item<float>(), 65536);
}

TEST(LossScale, IsSpentWhenGradientsOverflowByThemselves) {
  LossScale scale("float16", torch::kCPU);
  const auto broken = torch::full({1}, std::nanf(""));
  for (int step = 0; step < 16; ++step) EXPECT_FALSE(scale.unscale(broken));
  EXPECT_EQ(scale.state().factor, 1);
  EXPECT_FALSE(scale.spent());
  EXPECT_FALSE(scale.unscale(broken));
  EXPECT_TRUE(scale.spent());
}

TEST(LossScale, GoesOnFromACheckpoint) {
  LossScale first("float16", torch::kCPU), second("float16", torch::kCPU);
  EXPECT_FALSE(first.unscale(torch::full({1}, std::nanf(""))));
  EXPECT_TRUE(first.unscale(torch::ones({1})));
  second.restore(first.state());
  EXPECT_EQ(second.state().factor, 32768);
  EXPECT_EQ(second.state().steps, 1);
  EXPECT_EQ(second.factor().item<float>(), 32768);
  LossScale none("float32", torch::kCPU);
  none.restore(first.state());
  EXPECT_EQ(none.state().factor, 1);
}

}  // namespace
}  // namespace dlwork::training
