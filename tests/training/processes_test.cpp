// Several processes train one network: threads stand for them here, each with a learner of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dlwork/base/files.h"
#include "support/fit_problem.h"
#include "support/stop_after.h"
#include "support/team.h"
#include "support/temporary_folder.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

struct Trained {
  FitReport report;
  std::vector<torch::Tensor> tensors;
};

/// Made one after the other: LibTorch draws initial weights from one stream for all threads.
std::vector<std::unique_ptr<Learner>> learners(const data::Dataset& dataset, const char* layers,
                                               int count, const std::string& loss) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  std::vector<std::unique_ptr<Learner>> all;
  for (int i = 0; i < count; ++i) {
    auto problem = testing::problem(dataset, layers);
    if (!loss.empty()) problem.loss = loss;
    all.push_back(make_supervised(std::move(problem), run));
  }
  return all;
}

std::vector<torch::Tensor> tensors_of(const Learner& learner) {
  return copies(dynamic_cast<const SupervisedLearner&>(learner));
}

struct Problem {
  const data::Dataset& dataset;
  const char* layers;
  FitOptions options;
  std::string loss = "";
};

Trained train_alone(const Problem& problem, int times_the_batch) {
  const auto alone = learners(problem.dataset, problem.layers, 1, problem.loss);
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  FitOptions options = problem.options;
  options.training.batch_size *= times_the_batch;
  Trained trained;
  trained.report = alone[0]->fit(options, run);
  trained.tensors = tensors_of(*alone[0]);
  return trained;
}

/// `stop_after`: reports of progress after which the last process alone is asked to stop.
std::vector<Trained> train_together(const Problem& problem, int size,
                                    std::vector<std::string>& ends, int stop_after = 0) {
  const auto all = learners(problem.dataset, problem.layers, size, problem.loss);
  std::vector<Trained> trained(static_cast<std::size_t>(size));
  ends = testing::run_together(size, [&](Group& group) {
    StopFlag stop;
    SilentReporter silent;
    testing::StopAfter stopping(stop, stop_after);
    const bool stops = stop_after > 0 && group.rank() == size - 1;
    RunContext run{stops ? static_cast<Reporter&>(stopping) : silent, stop};
    run.group = &group;
    const auto rank = static_cast<std::size_t>(group.rank());
    trained[rank].report = all[rank]->fit(problem.options, run);
    trained[rank].tensors = tensors_of(*all[rank]);
  });
  return trained;
}

double largest_difference(const std::vector<torch::Tensor>& a,
                          const std::vector<torch::Tensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  }
  return largest;
}

void expect_same_as_alone(const Problem& problem, int size, const std::string& path) {
  SCOPED_TRACE(std::string(problem.layers) + " by " + std::to_string(size));
  const Trained alone = train_alone(problem, size);
  EXPECT_THAT(alone.report.path, HasSubstr(path));
  std::vector<std::string> ends;
  const auto together = train_together(problem, size, ends);
  ASSERT_THAT(ends, Each(""));
  for (const Trained& each : together) {
    EXPECT_EQ(each.report.processes, size);
    EXPECT_LT(largest_difference(each.tensors, alone.tensors), 1e-5);
    // Weights of all are the same to the bit.
    EXPECT_EQ(largest_difference(each.tensors, together[0].tensors), 0);
    ASSERT_EQ(each.report.history.size(), alone.report.history.size());
    for (std::size_t e = 0; e < alone.report.history.size(); ++e) {
      const EpochRecord &a = each.report.history[e], &b = alone.report.history[e];
      EXPECT_EQ(a.steps, b.steps);
      EXPECT_NEAR(a.train_loss, b.train_loss, 1e-5 * std::abs(b.train_loss));
      EXPECT_NEAR(a.train_metric, b.train_metric, 1e-4 * std::abs(b.train_metric));
      EXPECT_NEAR(a.validation_loss, b.validation_loss, 1e-5 * std::abs(b.validation_loss));
      EXPECT_NEAR(a.validation_metric, b.validation_metric, 1e-4 * std::abs(b.validation_metric));
    }
  }
}

/// A rate at which rounding does not grow from step to step.
FitOptions calm(const data::Dataset& dataset, std::int64_t epochs = 3) {
  auto options = testing::fit_options(dataset, epochs);
  options.training.batch_size = 24;
  options.training.optimizer = "sgd";
  options.training.learning_rate = 0.01;
  return options;
}

TEST(Together, GiveWhatOneGivesWithTheirBatchesInOne) {
  const auto moons = testing::two_moons();
  Problem planned{moons, "[{linear: 16}, relu, {linear: 8}, tanh]", calm(moons)};
  expect_same_as_alone(planned, 2, "planned");
  // 233 rows in batches of 72: the last has 17, of which three take 5 or 6.
  planned.options.train_rows.resize(233);
  planned.options.validation_rows.resize(41);
  expect_same_as_alone(planned, 3, "planned");

  const Problem autograd{moons, "[{linear: 16}, prelu, {linear: 8}, softplus]", calm(moons)};
  expect_same_as_alone(autograd, 2, "autograd");
}

TEST(Together, GiveTheSameForWeightedLossesClippingAccumulationAndMeans) {
  const auto moons = testing::two_moons();
  Problem problem{moons, "[{linear: 16}, relu]", calm(moons)};
  problem.options.training.class_weights = "balanced";
  // Two thirds of one class, so that batches weigh differently.
  std::erase_if(problem.options.train_rows, [](std::int64_t row) { return row % 4 == 1; });
  expect_same_as_alone(problem, 2, "planned");
  problem.loss = "focal";
  problem.options.training.gradient_clip = 0.05;
  expect_same_as_alone(problem, 2, "planned");
  problem.options.training.accumulate = 2;
  problem.options.training.averaging.method = "ema";
  expect_same_as_alone(problem, 2, "planned");
}

TEST(Together, GiveTheSameForPicturesAndNumbers) {
  const auto bars = testing::bars();
  const Problem pictures{bars, "[{conv2d: 4}, relu, {max_pool2d: 2}, {linear: 10}, relu]",
                         calm(bars)};
  expect_same_as_alone(pictures, 2, "planned");
  const auto plane = testing::plane();
  const Problem numbers{plane, "[{linear: 8}, tanh]", calm(plane)};
  expect_same_as_alone(numbers, 2, "planned");
}

TEST(Together, KeepBatchNormTheSameInAll) {
  const auto moons = testing::two_moons();
  auto options = calm(moons, 4);
  options.training.batch_size = 32;
  options.train_rows.resize(193);  // one left over by 64
  const Problem problem{moons, "[{linear: 16}, batch_norm, relu]", options};
  std::vector<std::string> ends;
  const auto together = train_together(problem, 2, ends);
  ASSERT_THAT(ends, Each(""));
  EXPECT_EQ(largest_difference(together[0].tensors, together[1].tensors), 0);
  EXPECT_GT(together[0].report.history.back().validation_metric, 0.8);
}

TEST(Together, StopAllWhereOneIsAskedToAndResumeWithTheSameBits) {
  const testing::TemporaryFolder folder;
  const auto bars = testing::bars();
  Problem problem{bars, "[{conv2d: 4}, relu, {linear: 10}, relu]", calm(bars, 4)};
  problem.options.training.augment.flip = true;
  std::vector<std::string> ends;
  const auto whole = train_together(problem, 2, ends);
  ASSERT_THAT(ends, Each(""));
  for (const int reports : {2, 4, 7}) {
    problem.options.resume = false;
    problem.options.checkpoint_folder = folder / std::to_string(reports);
    train_together(problem, 2, ends, reports);
    EXPECT_THAT(ends, Each(HasSubstr("its state is kept (go on with --resume)"))) << reports;
    problem.options.resume = true;
    const auto resumed = train_together(problem, 2, ends);
    ASSERT_THAT(ends, Each("")) << reports;
    EXPECT_EQ(largest_difference(resumed[0].tensors, whole[0].tensors), 0) << reports;
    EXPECT_NEAR(resumed[0].report.history.back().train_loss,
                whole[0].report.history.back().train_loss, 1e-12);
  }
  // One alone does not go on from what two have begun.
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto alone = learners(bars, problem.layers, 1, "");
  try {
    alone[0]->fit(problem.options, run);
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is of another fit"));
  }
}

TEST(Together, SayWhereOneDiverges) {
  const auto plane = testing::plane();
  Problem problem{plane, "[{linear: 64}, relu, {linear: 64}, relu]", calm(plane, 50)};
  problem.options.training.learning_rate = 30;
  std::vector<std::string> ends;
  train_together(problem, 2, ends);
  for (const auto& end : ends)
    EXPECT_THAT(end, ::testing::AnyOf(HasSubstr("not finite"), HasSubstr("ended without a word"),
                                      HasSubstr("loss is")))
        << end;
}

TEST(Together, RefuseMoreProcessesThanSamples) {
  const auto moons = testing::two_moons();
  Problem problem{moons, "[{linear: 4}]", calm(moons)};
  problem.options.train_rows.resize(1);
  std::vector<std::string> ends;
  train_together(problem, 2, ends);
  EXPECT_THAT(ends, Each(HasSubstr("2 processes cannot share 1 training samples")));
}

TEST(Together, RangeTestIsThatOfTheJointBatch) {
  const auto moons = testing::two_moons();
  const auto options = calm(moons);
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  auto twice = options;
  twice.training.batch_size *= 2;
  const auto expected = learners(moons, "[{linear: 16}, relu]", 1, "")[0]->range_test(twice, run);
  const auto pair = learners(moons, "[{linear: 16}, relu]", 2, "");
  const auto ends = testing::run_together(2, [&](Group& group) {
    RunContext own{reporter, stop};
    own.group = &group;
    const auto test = pair[static_cast<std::size_t>(group.rank())]->range_test(options, own);
    ASSERT_EQ(test.points.size(), expected.points.size());
    EXPECT_EQ(test.points.back().loss, expected.points.back().loss);
    EXPECT_EQ(test.rate, expected.rate);
  });
  EXPECT_THAT(ends, Each(""));
}

}  // namespace
}  // namespace dlwork::training
