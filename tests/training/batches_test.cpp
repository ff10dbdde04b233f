#include "training/batches.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dlwork::training {
namespace {

/// Two series, of 3 and of 2 steps, in 2 channels.
data::Samples series() {
  data::Samples samples;
  samples.kind = data::Kind::kSequence;
  samples.count = 2;
  const float none = std::nanf("");
  samples.sequences = {2, 3, 2, {1, 10, 2, 20, 3, 60, 4, 30, 5, 40, none, none}, {3, 2}};
  samples.target.classes = {"a", "b"};
  samples.target.codes = {0, 1};
  return samples;
}

TEST(Batches, OfSeriesHaveTimeBeforeChannels) {
  const data::Samples samples = series();
  const auto fitted = data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  coding.classes = samples.target.classes;
  Batches batches(samples, fitted, coding, torch::kCPU);
  const std::int64_t rows[] = {1, 0};
  for (const bool prepared : {false, true}) {
    if (prepared) batches.prepare();
    const auto inputs = batches.inputs(rows, 2).values;
    ASSERT_EQ(inputs.sizes(), (std::vector<std::int64_t>{2, 3, 2}));
    // Channel 1: 1 2 3 4 5, mean 3, variance 2.
    EXPECT_FLOAT_EQ(inputs[0][1][0].item<float>(), static_cast<float>(2 / std::sqrt(2.0)));
    EXPECT_FLOAT_EQ(inputs[1][0][0].item<float>(), static_cast<float>(-2 / std::sqrt(2.0)));
    EXPECT_EQ(inputs[0][2].abs().sum().item<float>(), 0) << "behind the end";
    EXPECT_EQ(batches.targets(rows, 2)[0].item<std::int64_t>(), 1);
  }
}

TEST(Batches, NoiseLeavesThePaddingOfSeriesAlone) {
  const data::Samples samples = series();
  const auto fitted = data::Preprocessor::fit(samples, {0, 1}, data::Categories::kOneHot);
  TargetCoding coding;
  coding.task = "classification";
  Batches batches(samples, fitted, coding, torch::kCPU);
  const std::int64_t rows[] = {1, 0};
  const auto plain = batches.inputs(rows, 2).values.clone();
  spec::Augment augment;
  augment.noise = 0.5;
  Rng rng(1, "noise");
  const auto noisy = batches.inputs(rows, 2, augment, rng).values;
  EXPECT_EQ(noisy[0][2].abs().sum().item<float>(), 0);
  const auto changes = (noisy - plain).abs();
  EXPECT_EQ((changes > 0).sum().item<std::int64_t>(), 10) << "every value that is there";
}

}  // namespace
}  // namespace dlwork::training
