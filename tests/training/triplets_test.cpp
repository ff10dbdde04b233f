#include "training/triplets.h"

#include <gtest/gtest.h>

#include "dlwork/base/error.h"
#include "training/loss.h"

// Expected figures: torch.nn.functional.triplet_margin_loss of PyTorch 2.13.0 on triplets that
// plain loops in Python find.
namespace dlwork::training {
namespace {

using Places = std::vector<std::int64_t>;

torch::Tensor points() {
  const auto wave = (torch::arange(21, torch::kFloat64) * 0.7).cos().to(torch::kFloat32);
  return wave.view({7, 3}) * torch::tensor({1.0f, 2.0f, 0.5f});
}
torch::Tensor classes() { return torch::tensor({0, 1, 0, 2, 1, 0, 2}, torch::kInt64); }

Places places(const torch::Tensor& tensor) {
  return {tensor.data_ptr<std::int64_t>(), tensor.data_ptr<std::int64_t>() + tensor.numel()};
}

double loss(const std::string& mining, double margin) {
  LossSettings settings;
  settings.triplets.mining = mining;
  settings.triplets.margin = margin;
  return compute_loss("triplet", points(), classes(), settings).item<double>();
}

TEST(Triplets, HardAreTheFurthestOfTheClassAndTheNearestOfAnother) {
  const auto found = mine_triplets(points(), classes(), "hard");
  EXPECT_EQ(places(found.anchors), (Places{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(places(found.positives), (Places{2, 4, 0, 6, 1, 0, 3}));
  EXPECT_EQ(places(found.negatives), (Places{3, 2, 6, 0, 2, 6, 0}));
  EXPECT_NEAR(loss("hard", 1), 0.9874, 1e-4);
  EXPECT_NEAR(loss("hard", 0.2), 0.4160, 1e-4);
}

TEST(Triplets, SemiHardAreEachPairWithTheNearestFurtherOne) {
  const auto found = mine_triplets(points(), classes(), "semi-hard");
  EXPECT_EQ(places(found.anchors), (Places{0, 0, 1, 2, 2, 3, 4, 5, 5, 6}));
  EXPECT_EQ(places(found.positives), (Places{2, 5, 4, 0, 5, 6, 1, 0, 2, 3}));
  EXPECT_EQ(places(found.negatives), (Places{1, 1, 2, 1, 6, 5, 2, 1, 6, 0}));
  EXPECT_NEAR(loss("semi-hard", 1), 0.1906, 1e-4);
  EXPECT_NEAR(loss("semi-hard", 0.2), 0.0177, 1e-4);
}

TEST(Triplets, TheGradientReachesTheEmbeddings) {
  const auto embeddings = points().requires_grad_(true);
  spec::Triplets settings;
  settings.margin = 1;
  settings.mining = "hard";
  mined_triplet_loss(embeddings, classes(), settings).backward();
  EXPECT_NEAR(embeddings.grad().norm().item<double>(), 0.8181, 1e-4);
}

TEST(Triplets, ASampleAloneOfItsClassIsNoAnchorButIsFoundByOthers) {
  const auto line = torch::tensor({0.0f, 1.0f, 1.5f}).view({3, 1});
  const auto codes = torch::tensor({0, 0, 1}, torch::kInt64);
  for (const std::string mining : {"hard", "semi-hard"}) {
    const auto found = mine_triplets(line, codes, mining);
    EXPECT_EQ(places(found.anchors), (Places{0, 1})) << mining;
    EXPECT_EQ(places(found.negatives), (Places{2, 2})) << mining;
  }
}

TEST(Triplets, WithoutAnyTheLossIsZeroAndHasNoGradient) {
  for (const std::string mining : {"hard", "semi-hard"}) {
    spec::Triplets settings;
    settings.mining = mining;
    for (const auto& codes : {torch::tensor({0, 0}, torch::kInt64), torch::tensor({0, 1})}) {
      const auto two = torch::tensor({0.0f, 1.0f}).view({2, 1}).requires_grad_(true);
      const auto none = mined_triplet_loss(two, codes, settings);
      EXPECT_EQ(none.item<double>(), 0);
      none.backward();
      EXPECT_EQ(two.grad().abs().max().item<double>(), 0);
    }
  }
}

TEST(Triplets, AreOfSimilarityAlone) {
  EXPECT_NO_THROW(check_loss("triplet", "similarity"));
  EXPECT_THROW(check_loss("triplet", "classification"), Error);
  EXPECT_THROW(check_loss("cross-entropy", "similarity"), Error);
}

}  // namespace
}  // namespace dlwork::training
