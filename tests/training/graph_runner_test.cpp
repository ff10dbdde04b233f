#include "training/graph_runner.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/fit_problem.h"

namespace dlwork::training {
namespace {

using model::Network;

/// What a graph was asked for.
struct Asked {
  int begun = 0, given_up = 0, replayed = 0;
};

/// Of a device that does what it is asked at once, also what is to be kept: a replay right after
/// the capture has nothing left to do.
class FakeGraph final : public StepGraph {
 public:
  /// `problem`: what the end of a capture throws; "" for one that goes well.
  FakeGraph(Asked& asked, std::string problem) : asked_(asked), problem_(std::move(problem)) {}
  void begin() override { ++asked_.begun; }
  void end() override {
    if (!problem_.empty()) throw std::runtime_error(problem_);
  }
  void give_up() override { ++asked_.given_up; }
  void replay() override { ++asked_.replayed; }

 private:
  Asked& asked_;
  std::string problem_;
};

/// A network and its steps by one of the runners.
struct Training {
  Training(const data::Dataset& dataset, const std::string& layers, RunContext& run)
      : owner(make_supervised(testing::problem(dataset, layers), run)),
        learner(static_cast<SupervisedLearner&>(*owner)),
        rows(dataset.part(data::Part::kTrain)),
        flat(learner.network().parameters()),
        optimizer(make_optimizer("sgd", flat)),
        batches(dataset.samples, learner.blueprint().preprocessor, learner.blueprint().coding,
                torch::Device(torch::kCPU)) {}

  double step(Runner& runner, std::int64_t count, std::uint64_t noise) {
    runner.gather({batches, rows.data() + noise, count});
    const double loss = runner.forward(Network::Mode::kTrain, noise);
    runner.backward();
    const torch::NoGradGuard no_grad;
    optimizer->step(flat, {0.1, 0.9, 0});
    return loss;
  }

  std::unique_ptr<Learner> owner;
  SupervisedLearner& learner;
  std::vector<std::int64_t> rows;
  FlatParameters flat;
  std::unique_ptr<Optimizer> optimizer;
  Batches batches;
};

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

TEST(GraphRunner, GoesOnByAutogradWhereTheCaptureFails) {
  Setting run;
  const auto moons = testing::two_moons();
  const char* layers = "[{linear: 8}, tanh, {dropout: 0.3}]";
  Training with(moons, layers, run.context), without(moons, layers, run.context);
  Asked asked;
  const auto graph =
      make_graph_runner(with.learner, {}, {}, nullptr,
                        std::make_unique<FakeGraph>(asked, "no room for it\nand a call stack"));
  const auto autograd = make_runner(without.learner, {}, RunnerChoice::kAutograd);
  EXPECT_EQ(graph->path(), "CUDA graph");
  for (std::uint64_t number = 0; number < 6; ++number) {
    EXPECT_EQ(asked.begun, number < 4 ? 0 : 1) << "before step " << number;
    EXPECT_EQ(with.step(*graph, 32, number), without.step(*autograd, 32, number)) << number;
    EXPECT_TRUE(torch::equal(with.flat.values, without.flat.values)) << number;
  }
  EXPECT_EQ(graph->path(), "autograd (capture failed: no room for it)");
  EXPECT_EQ(asked.begun, 1) << "once, and never again";
  EXPECT_EQ(asked.given_up, 1);
  EXPECT_EQ(asked.replayed, 0);
}

TEST(GraphRunner, ReplaysBatchesOfTheSizeThatWasCaptured) {
  Setting run;
  const auto moons = testing::two_moons();
  const char* layers = "[{linear: 8}, tanh]";
  Training with(moons, layers, run.context), without(moons, layers, run.context);
  Asked asked;
  const auto graph =
      make_graph_runner(with.learner, {}, {}, nullptr, std::make_unique<FakeGraph>(asked, ""));
  const auto autograd = make_runner(without.learner, {}, RunnerChoice::kAutograd);
  for (std::uint64_t number = 0; number < 4; ++number) {
    EXPECT_EQ(with.step(*graph, 32, number), without.step(*autograd, 32, number)) << number;
  }
  EXPECT_EQ(asked.replayed, 1) << "the fourth";
  EXPECT_EQ(with.step(*graph, 16, 4), without.step(*autograd, 16, 4));
  EXPECT_EQ(asked.replayed, 1) << "not of another size";
  EXPECT_TRUE(torch::equal(with.flat.values, without.flat.values));
  with.step(*graph, 32, 5);
  EXPECT_EQ(asked.replayed, 2);
  EXPECT_EQ(asked.begun, 1);
  EXPECT_EQ(asked.given_up, 0);
  EXPECT_EQ(graph->path(), "CUDA graph");
}

}  // namespace
}  // namespace dlwork::training
