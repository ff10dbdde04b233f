#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "dlwork/base/machine.h"
#include "training/batch_size.h"
#include "training/memory.h"
#include "training/runner.h"
#include "training/trouble.h"

namespace dlwork::training {
namespace {

using ::testing::HasSubstr;

TEST(Memory, IsWorkedOutFromTheShapes) {
  Setting run;
  const auto bars = testing::bars();
  const auto learner =
      learner_of(bars, "[{conv2d: 4}, relu, {max_pool2d: 2}, {linear: 10}]", run.context);
  const auto need = memory_need(*learner);
  // Weights: 4 * 9 + 4, 64 * 10 + 10, 10 * 2 + 2, five times.
  EXPECT_EQ(need.fixed, 5u * 4 * (40 + 650 + 22));
  // Floats: 64 in, 4 * 64 of the convolution, the relu in their place, 64 pooled, 64 flat, 10, 2.
  EXPECT_EQ(need.per_sample, 4u * (64 + 256 + 64 + 64 + 10 + 2));
  EXPECT_EQ(need.largest_name, "0 conv2d");
  EXPECT_EQ(need.largest_shape, (model::Shape{4, 8, 8}));
}

TEST(Memory, OfTheCpuIsTheMachines) {
  EXPECT_EQ(available_memory_bytes(torch::kCPU), usable_memory_bytes());
  set_up_memory(3);
  EXPECT_EQ(available_memory_bytes(torch::kCPU), usable_memory_bytes() / 3);
  set_up_memory(1);
}

TEST(Memory, IsNoMoreThanTrainingMayTake) {
  spec::Training training;
  EXPECT_EQ(memory_for(training, torch::kCPU), usable_memory_bytes());
  training.memory.bytes = 1000;
  EXPECT_EQ(memory_for(training, torch::kCPU), 1000u);
  training.memory.bytes = std::int64_t{1} << 62;
  EXPECT_EQ(memory_for(training, torch::kCPU), usable_memory_bytes());
  Setting run;
  const auto moons = testing::two_moons();
  const auto learner = learner_of(moons, "[{linear: 4}, relu]", run.context);
  auto options = testing::fit_options(moons, 1);
  options.training.memory.bytes = 100;
  const auto error = error_of([&] { learner->fit(options, run.context); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(), HasSubstr("not enough memory to train"));
  EXPECT_THAT(error.what(), HasSubstr("100 B may be taken"));
}

TEST(Memory, TooLargeABatchIsRefusedWithOneThatFits) {
  MemoryNeed need{1000, 1 << 20, "0 conv2d", {16, 128, 128}};
  EXPECT_NO_THROW(check_memory(need, 512, 1u << 30));
  const auto error = error_of([&] { check_memory(need, 4096, 1u << 30); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(), HasSubstr("[4096, 16, 128, 128] of layer 0 conv2d"));
  EXPECT_THAT(error.what(), HasSubstr("a batch of 4,096 at least 4"));
  // 0.8 GiB less the weights at 1.5 MiB a sample: 546.
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("training.batch_size: 512,"));
  need.fixed = 1u << 31;
  EXPECT_THAT(error_of([&] { check_memory(need, 4096, 1u << 30); }).diagnostics().front().hint,
              HasSubstr("layers smaller"));
}

TEST(Memory, OfRecurrentLayersHasWhatEveryStepKeeps) {
  const spec::LayerSpec gru{"gru", {}, spec::Gru{8, 2, true, "last", 0, ""}};
  const model::PlannedLayer layer{gru, "0 gru", "model.layers.0", {100, 3}, {16}, {}};
  data::FeatureShape series;
  series.dims = {100, 3};
  // 300 floats in; six of each unit, layer, direction and step; 16 out.
  EXPECT_EQ(memory_need({layer}, series).per_sample, 4u * (300 + 6 * 8 * 2 * 2 * 100 + 16));
}

TEST(Memory, OfAttentionHasItsScoresAndProjections) {
  data::FeatureShape series;
  series.dims = {100, 8};
  const spec::LayerSpec attention{"attention", {}, spec::Attention{4, 0, ""}};
  const model::PlannedLayer one{attention, "0 attention", "model.layers.0", {100, 8}, {100, 8}, {}};
  // 800 floats in; scores, softmax and dropout of 4 heads, 100 x 100 each; queries, keys and values
  // of 8; 800 out.
  EXPECT_EQ(memory_need({one}, series).per_sample,
            4u * (800 + 3 * 4 * 100 * 100 + 100 * 3 * 8 + 800));

  const spec::LayerSpec encoder{
      "transformer_encoder", {}, spec::TransformerEncoder{2, 4, 16, 0.1, "first", ""}};
  const model::PlannedLayer blocks{
      encoder, "0 transformer_encoder", "model.layers.0", {100, 8}, {100, 8}, {}};
  // Twice the scores; eight tensors as wide as the input, and the 16 within, before and after gelu.
  EXPECT_EQ(memory_need({blocks}, series).per_sample,
            4u * (800 + 2 * (3 * 4 * 100 * 100 + 100 * (8 * 8 + 2 * 16)) + 800));
}

TEST(BatchSize, IsTheLargestThatLeavesEnoughStepsAndFits) {
  const MemoryNeed need{1000, 1 << 20, "0 conv2d", {16, 128, 128}};
  const std::uint64_t plenty = std::uint64_t{1} << 40;
  EXPECT_EQ(choose_batch_size(need, 1'000'000, plenty).size, 512);
  EXPECT_EQ(choose_batch_size(need, 512 * 50, plenty).size, 512);
  EXPECT_EQ(choose_batch_size(need, 512 * 50 - 1, plenty).size, 256);
  EXPECT_EQ(choose_batch_size(need, 5000, plenty).size, 64);
  EXPECT_THAT(choose_batch_size(need, 5000, plenty).why, HasSubstr("less than 50 steps"));
  EXPECT_EQ(choose_batch_size(need, 100, plenty).size, 16);
  // 0.8 GiB less the weights at 1.5 MiB a sample: 546; of an eighth of it 68.
  EXPECT_EQ(choose_batch_size(need, 1'000'000, 1u << 30).size, 512);
  EXPECT_EQ(choose_batch_size(need, 1'000'000, 1u << 27).size, 64);
  EXPECT_THAT(choose_batch_size(need, 1'000'000, 1u << 27).why,
              HasSubstr("a sample takes 1.0 MiB"));
  EXPECT_EQ(choose_batch_size(need, 1'000'000, 1000).size, 1);
}

TEST(BatchSize, IsChosenAndSaidWhereItIsAutomatic) {
  Heard heard;
  StopFlag stop;
  RunContext run{heard, stop};
  const auto moons = testing::two_moons();
  const auto learner = learner_of(moons, "[{linear: 4}, relu]", run);
  auto options = testing::fit_options(moons, 2);
  options.training.batch_size = 0;
  EXPECT_EQ(learner->fit(options, run).history.back().steps, 2 * 15) << "240 samples in 16s";
  EXPECT_THAT(heard.text, HasSubstr("fit: batch size 16: the smallest that is tried"));
  // Ten samples fit into what training.memory gives.
  const auto need = memory_need(*learner);
  options.training.memory.bytes =
      static_cast<std::int64_t>(static_cast<double>(need.fixed + 15 * need.per_sample) / 0.8) + 1;
  const auto other = learner_of(moons, "[{linear: 4}, relu]", run);
  EXPECT_EQ(other->fit(options, run).history.back().steps, 2 * 30) << "240 samples in 8s";
  EXPECT_THAT(heard.text, HasSubstr("fit: batch size 8: more would not fit"));
}

TEST(EvaluationBatch, IsSmallerWhereSamplesAreLarge) {
  const std::uint64_t plenty = std::uint64_t{1} << 40;
  const auto at = [&](std::uint64_t sample_bytes, std::uint64_t machine_bytes) {
    return evaluation_batch({std::uint64_t{1} << 50, sample_bytes, "0 conv2d", {16, 128, 128}},
                            machine_bytes);
  };
  EXPECT_EQ(at(100, plenty), 512);
  // 0.8 GiB at 1.5 times a sample's bytes: 546, 273 and 54 samples.
  EXPECT_EQ(at(1 << 20, plenty), 512);
  EXPECT_EQ(at(2 << 20, plenty), 256);
  EXPECT_EQ(at(10 << 20, plenty), 32);
  EXPECT_EQ(at(1 << 20, std::uint64_t{4} << 30), 512);
  EXPECT_EQ(at(1 << 20, std::uint64_t{1} << 30), 128) << "136 in a quarter of it";
  EXPECT_EQ(at(std::uint64_t{4} << 30, plenty), 1);
}

/// Notes how many samples it was given at once.
class CountingRunner final : public Runner {
 public:
  CountingRunner() : Runner("counting") {}
  void gather(const Feed& feed) override { counts.push_back(feed.count); }
  double forward(model::Network::Mode, std::uint64_t) override { return counts.size() < 3 ? 1 : 7; }
  void backward() override {}
  void append_outputs(Outputs& outputs) override { outputs.rows += counts.back(); }

  std::vector<std::int64_t> counts;
};

TEST(EvaluationBatch, IsWhatEvaluationTakesAtOnce) {
  Setting run;
  const auto bars = testing::bars();
  // Two pictures of 2048 x 64 floats and their tanh: 2 MiB a sample.
  const auto learner = learner_of(
      bars,
      "[{conv2d: 2048}, tanh, {conv2d: {channels: 2048, groups: 2048}}, tanh, global_avg_pool]",
      run.context);
  const std::int64_t at_once = evaluation_batch(*learner);
  EXPECT_EQ(at_once, evaluation_batch(memory_need(*learner), usable_memory_bytes()));
  EXPECT_LE(at_once, 256);
  Batches batches(bars.samples, learner->blueprint().preprocessor, learner->blueprint().coding,
                  torch::kCPU);
  const std::vector<std::int64_t> rows(static_cast<std::size_t>(2 * at_once + at_once / 2), 0);
  CountingRunner runner;
  Outputs outputs;
  // Losses of 1, 1 and 7 of which the last has half the samples: (1 + 1 + 7 / 2) / 2.5.
  EXPECT_DOUBLE_EQ(evaluate(runner, batches, rows, at_once, outputs), 2.2);
  EXPECT_EQ(runner.counts, (std::vector<std::int64_t>{at_once, at_once, at_once / 2}));
  EXPECT_EQ(outputs.rows, static_cast<std::int64_t>(rows.size()));
}

TEST(Memory, KnowsLibTorchsWordsForIt) {
  try {
    torch::empty({std::int64_t{1} << 50});
    ADD_FAILURE() << "four petabytes were to be had";
  } catch (const std::exception& problem) {
    EXPECT_TRUE(is_out_of_memory(problem)) << problem.what();
  }
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("shapes do not fit")));
}

/// A limit of address space a little above what is in use.
class AddressLimit {
 public:
  explicit AddressLimit(std::uint64_t more) {
    ::getrlimit(RLIMIT_AS, &before_);
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * 4096 + more;
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

/// The error of a training by `work` that takes more than 100 MB.
template <class Work>
Error error_without_memory(const Work& work) {
  Setting run;
  const auto bars = testing::bars();
  auto options = testing::fit_options(bars, 1);
  options.training.batch_size = 160;
  // 160 x 2048 x 64 floats are 84 MB a layer.
  auto learner = learner_of(
      bars,
      "[{conv2d: 2048}, tanh, {conv2d: {channels: 2048, groups: 2048}}, tanh, global_avg_pool]",
      run.context);
  const AddressLimit limit(100 << 20);
  return error_of([&] { work(*learner, options, run.context); });
}

TEST(Memory, RunningOutNamesSizesAndABatchThatFits) {
  const auto error = error_without_memory([](Learner& learner, const FitOptions& options,
                                             RunContext& run) { learner.fit(options, run); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("memory ran out"));
  EXPECT_THAT(error.what(), HasSubstr("[160, 2048, 8, 8]"));
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("training.batch_size: "));
}

TEST(Memory, RunningOutInATestOfRatesIsToldAsInAFit) {
  const auto error =
      error_without_memory([](Learner& learner, const FitOptions& options, RunContext& run) {
        learner.range_test(options, run);
      });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("fit: memory ran out: weights, gradients and moments take"));
  EXPECT_THAT(error.what(), HasSubstr("[160, 2048, 8, 8]"));
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("training.batch_size: "));
}

}  // namespace
}  // namespace dlwork::training
