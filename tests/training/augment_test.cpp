#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "training/augment_pictures.h"
#include "training/augment_sequences.h"
#include "training/trouble.h"

namespace dlwork::training {
namespace {

using ::testing::FloatEq;
using ::testing::Pointwise;

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

PictureChange drawn(const spec::Augment& augment, PictureSize size, std::uint64_t seed) {
  Rng rng(seed, "augment");
  return PictureAugmenter(augment, size, nullptr).draw(rng);
}

/// The first seed by which the change is as wanted.
template <class Wanted>
std::uint64_t seed_where(const spec::Augment& augment, PictureSize size, const Wanted& wanted) {
  std::uint64_t seed = 0;
  while (!wanted(drawn(augment, size, seed))) ++seed;
  return seed;
}

// Two channels of 2 x 3 become [H, W, C]; the second one's levels are 1 higher.
TEST(AugmentPictures, FlipsMirrorColumns) {
  spec::Augment augment;
  augment.flip = true;
  const std::vector<std::uint8_t> pixels{10, 20, 30, 40, 50, 60, 1, 2, 3, 4, 5, 6};
  const auto out_where = [&](bool mirrored) {
    const auto seed = seed_where(augment, {2, 2, 3},
                                 [&](const auto& change) { return change.mirrored == mirrored; });
    return changed(augment, pixels, {2, 2, 3}, seed);
  };
  EXPECT_THAT(out_where(false), Pointwise(FloatEq(), {.1f, 1.01f, .2f, 1.02f, .3f, 1.03f,  //
                                                      .4f, 1.04f, .5f, 1.05f, .6f, 1.06f}));
  EXPECT_THAT(out_where(true), Pointwise(FloatEq(), {.3f, 1.03f, .2f, 1.02f, .1f, 1.01f,  //
                                                     .6f, 1.06f, .5f, 1.05f, .4f, 1.04f}));
}

TEST(AugmentPictures, FlippedAreHalfOfThem) {
  spec::Augment augment;
  augment.flip = augment.flip_vertical = true;
  int mirrored = 0, upside_down = 0, both = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto change = drawn(augment, {1, 2, 2}, seed);
    mirrored += change.mirrored ? 1 : 0;
    upside_down += change.upside_down ? 1 : 0;
    both += change.mirrored && change.upside_down ? 1 : 0;
  }
  // Four standard deviations of 4000 draws.
  EXPECT_NEAR(mirrored, 2000, 127);
  EXPECT_NEAR(upside_down, 2000, 127);
  EXPECT_NEAR(both, 1000, 110);
}

TEST(AugmentPictures, ShiftsMoveWholePixelsAfterFlips) {
  const std::vector<std::uint8_t> pixels{10, 20, 30, 40, 50, 60, 70, 80, 90};
  const PictureSize size{1, 3, 3};
  spec::Augment augment;
  augment.shift = 1;
  const auto down_and_left = [](const PictureChange& change) {
    return change.down == 1 && change.right == -1;
  };
  EXPECT_THAT(changed(augment, pixels, size, seed_where(augment, size, down_and_left)),
              Pointwise(FloatEq(), {0.f, 0.f, 0.f,  //
                                    .2f, .3f, 0.f,  //
                                    .5f, .6f, 0.f}));
  augment.flip = true;
  const auto mirrored = [&](const PictureChange& change) {
    return change.mirrored && down_and_left(change);
  };
  EXPECT_THAT(changed(augment, pixels, size, seed_where(augment, size, mirrored)),
              Pointwise(FloatEq(), {0.f, 0.f, 0.f,  //
                                    .2f, .1f, 0.f,  //
                                    .5f, .4f, 0.f}));
  augment.flip = false;
  std::map<std::pair<std::int64_t, std::int64_t>, int> places;
  for (std::uint64_t seed = 0; seed < 9000; ++seed) {
    const auto change = drawn(augment, size, seed);
    ++places[{change.down, change.right}];
  }
  EXPECT_EQ(places.size(), 9u);
  // Four standard deviations.
  for (const auto& [place, count] : places) {
    EXPECT_NEAR(count, 1000, 120) << place.first << " " << place.second;
  }
}

TEST(AugmentPictures, HolesAreSquaresAtAnyPlace) {
  const auto pixels = ramp(20);
  const PictureSize size{1, 4, 5};
  spec::Augment augment;
  augment.erase = 2;
  std::map<std::size_t, int> places;
  for (std::uint64_t seed = 0; seed < 3600; ++seed) {
    const auto out = changed(augment, pixels, size, seed);
    const auto first = static_cast<std::size_t>(std::find(out.begin(), out.end(), 0) - out.begin());
    ++places[first];
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool in_hole = i == first || i == first + 1 || i == first + 5 || i == first + 6;
      ASSERT_FLOAT_EQ(out[i], in_hole ? 0 : static_cast<float>(pixels[i]) / 100) << i;
    }
  }
  EXPECT_EQ(places.size(), 3u * 4);
  for (const auto& [place, count] : places) EXPECT_NEAR(count, 300, 67) << place;
  augment.erase = 9;  // as high as the picture
  const auto out = changed(augment, pixels, size);
  EXPECT_EQ(std::count(out.begin(), out.end(), 0), 16);
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

TEST(AugmentSequences, MasksAreOfAnyWidthUpToTheirMost) {
  constexpr int kDraws = 4000;
  const auto widths = [](std::int64_t most, std::size_t steps) {
    spec::Augment augment;
    augment.time_mask = most;
    std::vector<int> counts(steps + 1, 0);
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
      std::vector<float> values(steps, 1.0f);
      Rng rng(seed, "masks");
      augment_sequence(augment, {static_cast<std::int64_t>(steps), 1}, rng, values.data());
      const auto begin = std::find(values.begin(), values.end(), 0.0f);
      const auto end = std::find(begin, values.end(), 1.0f);
      EXPECT_EQ(std::find(end, values.end(), 0.0f), values.end()) << "one run";
      ++counts[static_cast<std::size_t>(end - begin)];
    }
    return counts;
  };
  // Evenly from 0 to the most; four standard deviations.
  const auto short_ones = widths(3, 8);
  for (std::size_t width = 0; width <= 8; ++width) {
    EXPECT_NEAR(short_ones[width], width <= 3 ? kDraws / 4 : 0, width <= 3 ? 110 : 0) << width;
  }
  // No sequence has more steps than it has.
  for (const int count : widths(20, 4)) EXPECT_NEAR(count, kDraws / 5, 102);
}

TEST(AugmentSequences, NoiseHasItsDeviationAndMasksStayAtTheMean) {
  constexpr std::int64_t kSteps = 5000;
  spec::Augment augment;
  augment.noise = 0.3;
  std::vector<float> values(2 * kSteps);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1.0f : -4.0f;
  Rng rng(5, "noise");
  augment_sequence(augment, {kSteps, 2}, rng, values.data());
  double between = 0;
  for (std::size_t channel = 0; channel < 2; ++channel) {
    double sum = 0, squares = 0;
    for (std::size_t i = channel; i < values.size(); i += 2) {
      const double added = values[i] - (channel == 0 ? 1 : -4);
      sum += added;
      squares += added * added;
      if (channel == 0) between += added * (values[i + 1] + 4);
    }
    // Four standard errors: 4 * 0.3 / sqrt(5000), and that over sqrt(2).
    EXPECT_NEAR(sum / kSteps, 0, 0.017) << channel;
    EXPECT_NEAR(std::sqrt(squares / kSteps), 0.3, 0.012) << channel;
  }
  EXPECT_NEAR(between / kSteps, 0, 4 * 0.3 * 0.3 / std::sqrt(kSteps)) << "each value has its own";

  augment.channel_mask = 1;
  std::int64_t masked = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<float> series(6, 1.0f);
    Rng other(seed, "noise");
    augment_sequence(augment, {3, 2}, other, series.data());
    masked += std::count(series.begin(), series.end(), 0.0f);
  }
  EXPECT_EQ(masked % 3, 0) << "a whole channel or none";
  EXPECT_GT(masked, 0);
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

  std::vector<float> ones(4000, 1.0f);
  augment_sequence(augment, {1, 4000}, rng, ones.data());
  double sum = 0, squares = 0;
  for (const double factor : ones) {
    sum += factor;
    squares += (factor - 1) * (factor - 1);
  }
  // Four standard errors: 4 * 0.2 / sqrt(4000), and that over sqrt(2).
  EXPECT_NEAR(sum / 4000, 1, 0.013);
  EXPECT_NEAR(std::sqrt(squares / 4000), 0.2, 0.009);
}

TEST(Augment, ValidationIsOfPlainSamplesAndThePlainLoss) {
  Setting run;
  const auto moons = testing::two_moons();
  auto options = testing::fit_options(moons, 1);
  options.training.augment.noise = 3;
  options.training.augment.mixup = 1;
  options.training.label_smoothing = 0.2;
  options.training.class_weights = "balanced";
  // A third of one class, so that they weigh differently.
  std::erase_if(options.train_rows, [](std::int64_t row) { return row % 4 == 1; });
  const auto learner = learner_of(moons, "[{linear: 8}, tanh]", run.context);
  const auto report = learner->fit(options, run.context);
  const auto& rows = options.validation_rows;
  const auto said = learner->predict(moons.samples, rows);
  double loss = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto code = static_cast<std::size_t>(moons.samples.target.codes[rows[i]]);
    loss -= std::log(said.values[2 * i + code]);
  }
  ASSERT_EQ(report.history.size(), 1u);
  EXPECT_NEAR(report.history[0].validation_loss, loss / static_cast<double>(rows.size()), 1e-5);
}

Diagnostic refusal(const data::Dataset& dataset, const std::string& layers,
                   const std::function<void(spec::Augment&)>& change) {
  Setting run;
  const auto learner = learner_of(dataset, layers, run.context);
  auto options = testing::fit_options(dataset, 1);
  change(options.training.augment);
  try {
    learner->fit(options, run.context);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    return error.diagnostics().front();
  }
  return {};
}

TEST(Augment, WhatTheDataAreNotForIsAnErrorAtItsKey) {
  const Diagnostic mixed = refusal(testing::two_moons(), "[{linear: 4}]",
                                   [](spec::Augment& augment) { augment.cutmix = 1; });
  EXPECT_EQ(mixed.key, "training.augment.cutmix");
  EXPECT_EQ(mixed.message, "is for data of kind image, and these are of kind table");
  EXPECT_EQ(mixed.hint, "take it out");

  const Diagnostic cropped =
      refusal(testing::bars(), "[{conv2d: 2}]", [](spec::Augment& augment) { augment.crop = 0.2; });
  EXPECT_EQ(cropped.key, "training.augment.crop");
  EXPECT_EQ(cropped.message, "is for data of kind sequence, and these are of kind image");
  EXPECT_EQ(cropped.hint, "pictures are cropped by training.augment.shift");
}

}  // namespace
}  // namespace dlwork::training
