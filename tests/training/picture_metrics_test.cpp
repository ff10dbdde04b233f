#include "training/picture_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/training/metrics.h"

namespace dlwork::training {
namespace {

/// Pictures of cos(0.7 i) in 0..1 and the same with a wave of sin(1.3 i) / 10 on top, cut to 0..1.
struct Pair {
  torch::Tensor one, other;
  Pair() {
    const auto i = torch::arange(2 * 13 * 14, torch::kFloat64);
    const auto plain = ((i * 0.7).cos().to(torch::kFloat32).to(torch::kFloat64) + 1) / 2;
    one = plain.to(torch::kFloat32).view({2, 1, 13, 14});
    other = (plain + 0.1 * (i * 1.3).sin()).clamp(0, 1).to(torch::kFloat32).view({2, 1, 13, 14});
  }
};

// numpy and scipy.ndimage.correlate1d, from the formulas.
TEST(PictureMetrics, AreThoseOfTheFormulas) {
  const Pair pair;
  EXPECT_NEAR(psnr(pair.one, pair.other), 23.7339179, 1e-5);
  EXPECT_NEAR(ssim(pair.one, pair.other), 0.982949904, 1e-6);
  EXPECT_NEAR(psnr(pair.one * 255, pair.other * 255, 255), 23.7339179, 1e-4);
  EXPECT_NEAR(ssim(pair.one * 255, pair.other * 255, 255), 0.982949904, 1e-5);
}

TEST(PictureMetrics, EqualPicturesAreBest) {
  const Pair pair;
  EXPECT_TRUE(std::isinf(psnr(pair.one, pair.one)));
  EXPECT_NEAR(ssim(pair.one, pair.one), 1, 1e-12);
}

// Mean squared errors of 0.25 and 0.01: 10 log10(1 / 0.13) = 8.8606 dB; a resample that holds one
// picture alone gives 6.0206 or 20 dB.
TEST(PictureMetrics, PsnrHasAnIntervalOverPictures) {
  const auto truth = torch::zeros({2, 1, 2, 2});
  const auto said = torch::tensor({0.5f, 0.1f}).view({2, 1, 1, 1}).expand({2, 1, 2, 2});
  const auto errors = picture_figures(said, truth);
  ASSERT_EQ(errors.rows, 2);
  EXPECT_NEAR(errors.row(0)[0], 0.25, 1e-7);
  EXPECT_NEAR(errors.row(1)[0], 0.01, 1e-8);
  EXPECT_NEAR(picture_figures(said * 255, truth, 255).row(0)[0], 0.25, 1e-6);
  const auto metric = measure_items("psnr", errors, 1);
  EXPECT_NEAR(metric.value, 8.860566, 1e-5);
  EXPECT_NEAR(metric.value, psnr(said, truth), 1e-5);
  EXPECT_NEAR(*metric.low, 6.020600, 1e-5);
  EXPECT_NEAR(*metric.high, 20, 1e-5);
  EXPECT_EQ(metric.count, 2);
  EXPECT_TRUE(metric.higher_is_better);
}

// Constant pictures a and b have the similarity (2 a b + C1) / (a^2 + b^2 + C1), here
// 0.2501 / 0.3126.
TEST(PictureMetrics, SsimHasAnIntervalOverPictures) {
  const auto truth = torch::full({2, 3, 12, 11}, 0.5);
  auto said = truth.clone();
  said[1].fill_(0.25);
  const auto each = picture_figures(said, truth);
  ASSERT_EQ(each.rows, 2);
  EXPECT_NEAR(each.row(0)[1], 1, 1e-6);
  EXPECT_NEAR(each.row(1)[1], 0.2501 / 0.3126, 1e-6);
  const auto metric = measure_items("ssim", each, 1);
  EXPECT_NEAR(metric.value, (1 + 0.2501 / 0.3126) / 2, 1e-6);
  EXPECT_NEAR(metric.value, ssim(said, truth), 1e-6);
  EXPECT_NEAR(*metric.low, 0.2501 / 0.3126, 1e-6);
  EXPECT_NEAR(*metric.high, 1, 1e-6);
}

// Constant pictures have their similarity by any window.
TEST(PictureMetrics, ShortSidesHaveTheLargestWindowThatFits) {
  const auto truth = torch::full({1, 1, 4, 12}, 0.5), said = torch::full({1, 1, 4, 12}, 0.25);
  EXPECT_NEAR(ssim(said, truth), 0.2501 / 0.3126, 1e-6);
  EXPECT_NEAR(ssim(said.narrow(2, 0, 1), truth.narrow(2, 0, 1)), 0.2501 / 0.3126, 1e-6);
}

}  // namespace
}  // namespace dlwork::training
