#include "training/label_dynamics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/fit_problem.h"
#include "support/stop_after.h"
#include "support/temporary_folder.h"

namespace dlwork::training {
namespace {

TEST(LabelDynamics, AreThoseWorkedOutByHand) {
  data::Target target;
  target.classes = {"a", "b", "c"};
  target.codes = {0, 1, 1, 2};
  const std::vector<std::int64_t> rows{2, 0, 3};
  LabelDynamics dynamics;
  add_epoch(dynamics, {3, 3, {0.5f, 0.25f, 0.25f, 0.75f, 0.125f, 0.125f, 0.25f, 0.5f, 0.25f}},
            {0, 3, 2}, target, rows);
  EXPECT_EQ(dynamics.epochs, 1);
  EXPECT_EQ(dynamics.confidence, (std::vector<double>{0.5, 0.5, 0.125}));
  EXPECT_EQ(dynamics.variability, (std::vector<double>{0, 0, 0}));
  add_epoch(dynamics, {3, 3, {0.5f, 0.25f, 0.25f, 0.75f, 0.125f, 0.125f, 0.0f, 0.0f, 1.0f}},
            {2, 0, 3}, target, rows);
  EXPECT_EQ(dynamics.epochs, 2);
  // Of row 2: ln 0.5 / 0.25, then ln 0.25 / 0.5. Of row 3: ln 0.125 / 0.75, then against the least
  // share that float32 holds, 2^-126.
  const double ln2 = std::log(2.0);
  EXPECT_NEAR(dynamics.margin[0], 0, 1e-12);
  EXPECT_NEAR(dynamics.margin[1], (ln2 + std::log(6.0)) / 2, 1e-12);
  EXPECT_NEAR(dynamics.margin[2], (126 * ln2 - std::log(6.0)) / 2, 1e-12);
  EXPECT_EQ(dynamics.confidence, (std::vector<double>{0.375, 0.625, 0.5625}));
  EXPECT_NEAR(dynamics.variability[0], 0.125, 1e-12);
  EXPECT_NEAR(dynamics.variability[1], 0.125, 1e-12);
  EXPECT_NEAR(dynamics.variability[2], 0.4375, 1e-12);
}

TEST(LabelDynamics, ThreeEpochsDeviateAsTheirFormulaSays) {
  data::Target target;
  target.classes = {"a", "b"};
  target.codes = {0};
  LabelDynamics dynamics;
  for (const float share : {0.25f, 0.5f, 1.0f}) {
    add_epoch(dynamics, {1, 2, {share, 1 - share}}, {0}, target, {0});
  }
  // numpy.mean and numpy.std of the three
  EXPECT_NEAR(dynamics.confidence[0], 0.5833333333333334, 1e-12);
  EXPECT_NEAR(dynamics.variability[0], 0.31180478223116176, 1e-12);
}

TEST(LabelDynamics, OfAFitAreOfItsFirstEpochsAndOutliveAStop) {
  SilentReporter reporter;
  StopFlag never;
  RunContext run{reporter, never};
  const testing::TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  constexpr char kLayers[] = "[{linear: 8}, relu]";
  auto options = testing::fit_options(dataset, 6);
  auto unasked = make_supervised(testing::problem(dataset, kLayers), run);
  EXPECT_EQ(unasked->fit(options, run).label_dynamics.epochs, 0);

  options.label_epochs = 3;
  auto whole = make_supervised(testing::problem(dataset, kLayers), run);
  const auto expected = whole->fit(options, run).label_dynamics;
  EXPECT_EQ(expected.epochs, 3);
  ASSERT_EQ(expected.margin.size(), options.train_rows.size());

  // Stopped within and after the epochs that count, of 8 batches each.
  for (const int batches : {12, 40}) {
    options.checkpoint_folder = folder / std::to_string(batches);
    StopFlag stop;
    testing::StopAfter stopping(stop, batches);
    RunContext interrupted{stopping, stop};
    auto first = make_supervised(testing::problem(dataset, kLayers), interrupted);
    EXPECT_THROW(first->fit(options, interrupted), Error);
    auto second = make_supervised(testing::problem(dataset, kLayers), run);
    options.resume = true;
    const auto resumed = second->fit(options, run).label_dynamics;
    options.resume = false;
    EXPECT_EQ(resumed.epochs, 3);
    EXPECT_EQ(resumed.margin, expected.margin) << batches;
    EXPECT_EQ(resumed.confidence, expected.confidence) << batches;
    EXPECT_EQ(resumed.variability, expected.variability) << batches;
  }
}

}  // namespace
}  // namespace dlwork::training
