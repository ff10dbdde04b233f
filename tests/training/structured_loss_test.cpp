#include "training/structured_loss.h"

#include <gtest/gtest.h>

#include <cmath>

// Expected figures: torch.nn.functional of PyTorch 2.13.0 on the same numbers.
namespace dlwork::training {
namespace {

torch::Tensor wave(torch::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const auto side : shape) count *= side;
  return (torch::arange(count, torch::kFloat64) * 0.7).cos().to(torch::kFloat32).view(shape);
}

TEST(StructuredLosses, BinaryCrossEntropyGivesThePyTorchFigure) {
  const auto targets = torch::tensor(
      {{1.0f, 0.0f, 1.0f}, {0.0f, 0.0f, 1.0f}, {1.0f, 1.0f, 0.0f}, {0.5f, 0.0f, 1.0f}});
  const auto losses = training::binary_cross_entropy(wave({4, 3}), targets);
  EXPECT_EQ(losses.sizes(), (std::vector<std::int64_t>{4}));
  EXPECT_NEAR(losses.mean().item<double>(), 0.786609352, 1e-6);
}

TEST(StructuredLosses, CtcGivesThePyTorchFigure) {
  const CtcTargets targets{torch::tensor({{1, 2, 2}, {3, 1, 0}}, torch::kInt64),
                           torch::tensor({6, 5}, torch::kInt64),
                           torch::tensor({3, 2}, torch::kInt64)};
  EXPECT_NEAR(ctc_loss(wave({2, 6, 4}), targets).item<double>(), 1.81414974, 1e-5);
}

TEST(StructuredLosses, CtcOfLabelsThatDoNotFitIsZeroAndHasNoGradient) {
  // Two equal labels need a blank between them: 3 steps.
  auto outputs = wave({1, 2, 3});
  outputs.requires_grad_(true);
  const CtcTargets targets{torch::tensor({{1, 1}}, torch::kInt64),
                           torch::tensor({2}, torch::kInt64), torch::tensor({2}, torch::kInt64)};
  const auto loss = ctc_loss(outputs, targets);
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_EQ(outputs.grad().abs().max().item<double>(), 0);
}

TEST(StructuredLosses, TripletGivesThePyTorchFigure) {
  const auto a = wave({3, 4}), b = a.flip(0), c = a * 2 + 1;
  EXPECT_NEAR(triplet_loss(a, b, c).item<double>(), 0, 1e-6);
  EXPECT_NEAR(triplet_loss(a, b, c, 3).item<double>(), 1.07585323, 1e-6);
}

TEST(StructuredLosses, GramMatricesAreInnerProducts) {
  const auto features = wave({1, 2, 2, 3});
  const auto gram = gram_matrix(features);
  const std::vector<double> expected{0.30278968811035156, -0.13121114671230316,
                                     -0.13121114671230316, 0.20568786561489105};
  for (std::int64_t i = 0; i < 4; ++i)
    EXPECT_NEAR(gram.flatten()[i].item<double>(), expected[static_cast<std::size_t>(i)], 1e-6);
  EXPECT_NEAR(gram_loss(features, 2 * features).item<double>(), 0.378949076, 1e-6);
}

// Constant pictures a and b have the maps a r and b r with the same r in 32 filters, and Gram
// matrices of a^2 r r' / 32 and b^2 r r' / 32.
TEST(StructuredLosses, TextureIsTheErrorOfPixelsAndOfGramMatrices) {
  const auto white = torch::ones({2, 3, 5, 6});
  const auto maps = texture_maps(white);
  ASSERT_EQ(maps.sizes(), (torch::IntArrayRef{2, 32, 3, 4}));
  const double squares = maps.select(0, 0).select(1, 0).select(1, 0).square().sum().item<double>();
  const double a = 0.5, b = 0.75;
  const double expected = std::pow(a - b, 2) + std::pow((a * a - b * b) * squares / (32 * 32), 2);
  EXPECT_NEAR(texture_loss(a * white, b * white).item<double>(), expected, 1e-6 * expected);
  EXPECT_EQ(texture_loss(white, white).item<double>(), 0);
  EXPECT_TRUE(torch::equal(texture_maps(white), maps)) << "the filters are the same each time";
}

// Responses to white noise of unit variance have unit variance; half of them are cut at 0.
TEST(StructuredLosses, TextureFiltersKeepTheScaleOfPictures) {
  torch::manual_seed(3);
  const double power = texture_maps(torch::randn({8, 3, 30, 30})).square().mean().item<double>();
  EXPECT_NEAR(power, 0.5, 0.1);
}

}  // namespace
}  // namespace dlwork::training
