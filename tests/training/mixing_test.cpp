#include "training/mixing.h"

#include <gtest/gtest.h>

#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "training/runner.h"
#include "training/trouble.h"

namespace dlwork::training {
namespace {

// Mean 1/2 and variance 1 / (4 (2 alpha + 1)).
TEST(Mixing, BetaHasItsMoments) {
  for (const double alpha : {0.2, 1.0, 3.0}) {
    Rng rng(7, "beta");
    double sum = 0, squares = 0;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      const double x = draw_beta(alpha, rng);
      ASSERT_GE(x, 0);
      ASSERT_LE(x, 1);
      sum += x;
      squares += x * x;
    }
    const double mean = sum / kDraws, variance = squares / kDraws - mean * mean;
    EXPECT_NEAR(mean, 0.5, 0.01) << alpha;
    EXPECT_NEAR(variance, 1 / (4 * (2 * alpha + 1)), 0.005) << alpha;
  }
}

TEST(Mixing, MixupIsTheMeanOfPartners) {
  spec::Augment augment;
  augment.mixup = 1;
  Rng rng(3, "mix");
  const auto x = torch::arange(10, torch::kFloat32).view({5, 2});
  const Mixture mixture(augment, x.sizes().vec(), rng);
  ASSERT_TRUE(mixture.mixes());
  const std::int64_t rows[] = {10, 11, 12, 13, 14};
  const auto partners = mixture.partners(rows);
  const auto mixed = mixture.apply(x);
  const auto share = static_cast<float>(mixture.share());
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto j = partners[static_cast<std::size_t>(i)] - 10;
    EXPECT_TRUE(torch::allclose(mixed[i], share * x[i] + (1 - share) * x[j]));
  }
}

TEST(Mixing, CutmixPastesABoxWhoseAreaIsThePartnersShare) {
  spec::Augment augment;
  augment.cutmix = 1;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed, "cut");
    const auto x =
        torch::arange(4, torch::kFloat32).view({4, 1, 1, 1}).expand({4, 2, 8, 6}).contiguous();
    const Mixture mixture(augment, x.sizes().vec(), rng);
    const std::int64_t rows[] = {0, 1, 2, 3};
    const auto partners = mixture.partners(rows);
    const auto mixed = mixture.apply(x);
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto j = partners[static_cast<std::size_t>(i)];
      if (i == j) continue;
      const double of_partner =
          (mixed[i] == static_cast<double>(j)).to(torch::kFloat64).mean().item<double>();
      EXPECT_NEAR(of_partner, 1 - mixture.share(), 1e-12);
      EXPECT_EQ((mixed[i] == static_cast<double>(i)).sum().item<std::int64_t>() +
                    (mixed[i] == static_cast<double>(j)).sum().item<std::int64_t>(),
                96);
    }
  }
}

struct MixedCase {
  const char* name;
  data::Dataset dataset;
  double mixup, cutmix;
};

// Zhang et al. 2018, section 2; Yun et al. 2019, equation 1: of both targets, by their shares.
TEST(Mixing, LossIsTheMeanOfBothTargetsLossesByTheirShares) {
  Setting run;
  const std::vector<std::int64_t> rows{0, 1, 2, 3, 5, 8};
  const LossSettings settings{0.1, torch::tensor({0.5f, 2.0f})};
  for (const auto& [name, dataset, mixup, cutmix] :
       {MixedCase{"mixup of classes", testing::two_moons(), 1, 0},
        MixedCase{"mixup of numbers", testing::plane(), 1, 0},
        MixedCase{"cutmix", testing::bars(), 0, 1}}) {
    SCOPED_TRACE(name);
    const auto learner = learner_of(dataset, "[{linear: 4}, tanh]", run.context);
    spec::Training training;
    training.augment.mixup = mixup;
    training.augment.cutmix = cutmix;
    const auto runner = make_training_runner(*learner, settings, training);
    EXPECT_EQ(runner->path(), "autograd (samples are mixed)");
    const auto& blueprint = learner->blueprint();
    Batches batches(dataset.samples, blueprint.preprocessor, blueprint.coding, torch::kCPU);
    const auto plain = batches.inputs(rows.data(), 6).values.clone();
    const auto loss_of = [&](const torch::Tensor& inputs, const std::vector<std::int64_t>& of) {
      const torch::NoGradGuard no_grad;
      const auto outputs = learner->network().forward(inputs);
      return compute_loss(blueprint.loss, outputs, batches.targets(of.data(), 6), settings)
          .item<double>();
    };
    Rng rng(4, "mix");
    for (int batch = 0; batch < 5; ++batch) {
      Rng same = rng;
      const Mixture mixture(training.augment, plain.sizes().vec(), same);
      runner->gather({batches, rows.data(), 6, &training.augment, &rng});
      EXPECT_EQ(rng.state(), same.state());
      const auto mixed = mixture.apply(plain);
      EXPECT_NEAR(runner->forward(model::Network::Mode::kTrain, 1),
                  mixture.share() * loss_of(mixed, rows) +
                      (1 - mixture.share()) * loss_of(mixed, mixture.partners(rows.data())),
                  1e-5);
    }
    // And a batch after that which is not mixed has its own targets alone.
    runner->gather({batches, rows.data(), 6});
    EXPECT_NEAR(runner->forward(model::Network::Mode::kEvaluate, 0), loss_of(plain, rows), 1e-5);
  }
}

TEST(Mixing, BothKindsStillLearn) {
  Setting run;
  const auto dataset = testing::bars();
  auto learner = make_supervised(
      testing::problem(dataset,
                       "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]"),
      run.context);
  auto options = testing::fit_options(dataset, 20);
  options.training.augment.mixup = 0.2;
  options.training.augment.cutmix = 0.2;
  options.training.augment.rotate = 5;
  const auto report = learner->fit(options, run.context);
  EXPECT_GE(report.best_metric, 0.9);
}

}  // namespace
}  // namespace dlwork::training
