#include "training/picture_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace dlwork::training
