#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "training/augment_pictures.h"
#include "training/augment_sequences.h"

namespace dlwork::training {
namespace {

/// Levels that prepare pixel p of channel c as p / 100 + c.
std::vector<float> levels(int channels) {
  std::vector<float> all;
  for (int c = 0; c < channels; ++c) {
    for (int p = 0; p < 256; ++p)
      all.push_back(static_cast<float>(p) / 100 + static_cast<float>(c));
  }
  return all;
}

std::vector<float> changed(const spec::Augment& augment, const std::vector<std::uint8_t>& pixels,
                           PictureSize size, std::uint64_t seed = 1) {
  const auto table = levels(static_cast<int>(size.channels));
  const PictureAugmenter augmenter(augment, size, table.data());
  EXPECT_TRUE(augmenter.changes());
  std::vector<float> out(pixels.size());
  Rng rng(seed, "augment");
  augmenter.write(pixels.data(), rng, out.data());
  return out;
}

std::vector<std::uint8_t> ramp(std::size_t count) {
  std::vector<std::uint8_t> pixels(count);
  for (std::size_t i = 0; i < count; ++i) pixels[i] = static_cast<std::uint8_t>(5 * i + 3);
  return pixels;
}

TEST(AugmentPictures, VerticalFlipsMirrorRows) {
  spec::Augment augment;
  augment.flip_vertical = true;
  const auto pixels = ramp(12);
  int flipped = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto out = changed(augment, pixels, {1, 4, 3}, seed);
    const bool upside_down = out[0] == static_cast<float>(pixels[9]) / 100;
    flipped += upside_down ? 1 : 0;
    for (std::size_t y = 0; y < 4; ++y) {
      for (std::size_t x = 0; x < 3; ++x) {
        const std::size_t from = upside_down ? 3 - y : y;
        EXPECT_FLOAT_EQ(out[y * 3 + x], static_cast<float>(pixels[from * 3 + x]) / 100);
      }
    }
  }
  EXPECT_GT(flipped, 8);
  EXPECT_LT(flipped, 32);
}

// A bright pixel right of the middle wanders on a circle about it; its brightness is spread over
// neighbours but kept in all, and so is its distance from the middle.
TEST(AugmentPictures, TurningKeepsMassAndDistance) {
  std::vector<std::uint8_t> pixels(15 * 15, 0);
  pixels[7 * 15 + 11] = 200;
  spec::Augment augment;
  augment.rotate = 180;
  double lowest = 10, highest = -10;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto out = changed(augment, pixels, {1, 15, 15}, seed);
    double mass = 0, my = 0, mx = 0;
    for (int y = 0; y < 15; ++y) {
      for (int x = 0; x < 15; ++x) {
        const double value = out[static_cast<std::size_t>(y * 15 + x)];
        mass += value;
        my += value * (y - 7);
        mx += value * (x - 7);
      }
    }
    EXPECT_NEAR(mass, 2, 0.25) << seed;
    EXPECT_NEAR(std::hypot(my / mass, mx / mass), 4, 0.25) << seed;
    lowest = std::min(lowest, std::atan2(my, mx));
    highest = std::max(highest, std::atan2(my, mx));
  }
  EXPECT_LT(lowest, -1.5);
  EXPECT_GT(highest, 1.5);
}

TEST(AugmentPictures, ZoomingScalesAreas) {
  std::vector<std::uint8_t> pixels(31 * 31, 0);
  for (int y = 11; y <= 19; ++y) {
    for (int x = 11; x <= 19; ++x) pixels[static_cast<std::size_t>(y * 31 + x)] = 100;
  }
  spec::Augment augment;
  augment.zoom = 0.3;
  double least = 1e9, most = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto out = changed(augment, pixels, {1, 31, 31}, seed);
    const double area = std::accumulate(out.begin(), out.end(), 0.0);
    least = std::min(least, area);
    most = std::max(most, area);
    EXPECT_GE(area, 81 * 0.7 * 0.7 - 4);
    EXPECT_LE(area, 81 * 1.3 * 1.3 + 4);
  }
  EXPECT_LT(least, 81 * 0.8 * 0.8);
  EXPECT_GT(most, 81 * 1.2 * 1.2);
}

TEST(AugmentPictures, ShearMovesRowsAlongTheirHeight) {
  std::vector<std::uint8_t> pixels(21 * 21, 0);
  for (int y = 0; y < 21; ++y) pixels[static_cast<std::size_t>(y * 21 + 10)] = 100;
  spec::Augment augment;
  augment.shear = 30;
  const auto out = changed(augment, pixels, {1, 21, 21}, 5);
  const auto middle = [&](int y) {
    double mass = 0, at = 0;
    for (int x = 0; x < 21; ++x) {
      mass += out[static_cast<std::size_t>(y * 21 + x)];
      at += x * out[static_cast<std::size_t>(y * 21 + x)];
    }
    return at / mass;
  };
  EXPECT_NEAR(middle(10), 10, 1e-4);
  const double slope = (middle(15) - middle(5)) / 10;
  EXPECT_GT(std::abs(slope), 0.01);
  EXPECT_LE(std::abs(slope), std::tan(30 * 3.14159265 / 180) + 1e-3);
  EXPECT_NEAR(middle(13) - middle(10), 3 * slope, 0.05);
}

TEST(AugmentPictures, ColoursAreOneFunctionOfThePixel) {
  const auto pixels = ramp(48);
  spec::Augment augment;
  augment.brightness = 0.2;
  augment.contrast = 0.3;
  const auto out = changed(augment, pixels, {1, 6, 8}, 3);
  // Two pixels give the line, all others lie on it or at the ends of the range.
  const double slope = (out[20] - out[10]) / (pixels[20] - pixels[10]) * 100;
  EXPECT_GE(slope, 0.7);
  EXPECT_LE(slope, 1.3);
  EXPECT_NE(slope, 1);
  const double lift = out[10] * 100 - slope * pixels[10];
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    EXPECT_NEAR(out[i] * 100, std::clamp(slope * pixels[i] + lift, 0.0, 255.0), 1e-2) << i;
  }
}

TEST(AugmentSequences, MasksAreRunsSetToTheMean) {
  spec::Augment augment;
  augment.time_mask = 3;
  augment.channel_mask = 2;
  std::int64_t longest = 0, widest = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<float> values(10 * 4, 1.0f);
    Rng rng(seed, "masks");
    augment_sequence(augment, {8, 4}, rng, values.data());
    std::int64_t steps = 0, channels = 0;
    for (int t = 0; t < 8; ++t) {
      steps +=
          std::accumulate(values.begin() + t * 4, values.begin() + t * 4 + 4, 0.0f) == 0 ? 1 : 0;
    }
    for (int c = 0; c < 4; ++c) {
      float sum = 0;
      for (int t = 0; t < 8; ++t) sum += values[static_cast<std::size_t>(t * 4 + c)];
      channels += sum == 0 ? 1 : 0;
    }
    longest = std::max(longest, steps);
    widest = std::max(widest, channels);
    for (std::size_t i = 32; i < 40; ++i) EXPECT_EQ(values[i], 1) << "past the end nothing changes";
  }
  EXPECT_EQ(longest, 3);
  EXPECT_EQ(widest, 2);
}

TEST(AugmentSequences, CropsStretchAWindowOverTheWholeLength) {
  spec::Augment augment;
  augment.crop = 0.5;
  bool moved = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<float> values(20);
    std::iota(values.begin(), values.end(), 0.0f);
    Rng rng(seed, "crop");
    augment_sequence(augment, {20, 1}, rng, values.data());
    // A ramp stays a ramp, from a whole step to a whole step at least half as far.
    const float slope = values[1] - values[0];
    for (std::size_t t = 1; t < 20; ++t) EXPECT_NEAR(values[t] - values[t - 1], slope, 1e-4);
    EXPECT_GE(values[0], 0);
    EXPECT_LE(values[19], 19);
    EXPECT_NEAR(values[0], std::round(values[0]), 1e-4);
    EXPECT_GE(slope, 9.0f / 19 - 1e-4);
    EXPECT_LE(slope, 1 + 1e-4);
    moved = moved || slope < 0.9;
  }
  EXPECT_TRUE(moved);
}

TEST(AugmentSequences, MagnitudeIsAFactorForEachChannel) {
  spec::Augment augment;
  augment.magnitude = 0.2;
  std::vector<float> values(6 * 2);
  std::iota(values.begin(), values.end(), 1.0f);
  const auto before = values;
  Rng rng(2, "magnitude");
  augment_sequence(augment, {6, 2}, rng, values.data());
  for (std::size_t i = 2; i < values.size(); ++i) {
    EXPECT_NEAR(values[i] / before[i], values[i % 2] / before[i % 2], 1e-5);
  }
  EXPECT_NE(values[0] / before[0], values[1] / before[1]);
}

TEST(Augment, WhatTheDataAreNotForIsAnErrorAtItsKey) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 4}]"), run);
  auto options = testing::fit_options(dataset, 1);
  options.training.augment.cutmix = 1;
  try {
    learner->fit(options, run);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "training.augment.cutmix");
    EXPECT_EQ(error.diagnostics().front().message,
              "is for data of kind image, and these are of kind table");
  }
}

}  // namespace
}  // namespace dlwork::training
