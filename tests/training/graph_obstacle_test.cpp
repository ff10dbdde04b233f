#include <gtest/gtest.h>
#include <stdlib.h>

#include "support/fit_problem.h"
#include "training/graph_runner.h"

namespace dlwork::training {
namespace {

/// Why the steps of this network cannot be captured; "" where they can.
std::string obstacle(const data::Dataset& dataset, const std::string& layers,
                     const spec::Training& training = {}, int processes = 1) {
  SilentReporter reporter;
  StopFlag stop;
  RunContext run{reporter, stop};
  const auto learner = make_supervised(testing::problem(dataset, layers), run);
  return graph_obstacle(dynamic_cast<const SupervisedLearner&>(*learner), training, processes);
}

TEST(CudaGraph, TakesLayersThatDoTheSameWorkEachTime) {
  EXPECT_EQ(obstacle(testing::two_moons(), "[{linear: 8}, batch_norm, relu, {dropout: 0.2}]"), "");
  EXPECT_EQ(obstacle(testing::bars(),
                     "[{conv2d: 4}, relu, {residual: {layers: [{conv2d: 4}, layer_norm]}}, "
                     "{max_pool2d: 2}]"),
            "");
  EXPECT_EQ(obstacle(testing::waves(9),
                     "[{conv1d: 4}, {transformer_encoder: {heads: 2}}, "
                     "global_avg_pool]"),
            "");
}

TEST(CudaGraph, LeavesOutLayersThatAskTheHost) {
  EXPECT_EQ(obstacle(testing::waves(9), "[{linear: {units: 4, each_step: true}}, {gru: 3}]"),
            "1 gru cannot be captured as a CUDA graph");
  EXPECT_EQ(obstacle(testing::waves(9),
                     "[{residual: {layers: [{lstm: {units: 2, gives: sequence}}]}}, flatten]"),
            "0.0 lstm cannot be captured as a CUDA graph");
}

TEST(CudaGraph, LeavesOutBatchesThatDifferInShape) {
  EXPECT_EQ(obstacle(testing::waves(3), "[{conv1d: 4}, global_avg_pool]"), "series end early");
}

TEST(CudaGraph, LeavesOutMixedSamples) {
  spec::Training training;
  training.augment.flip = true;
  EXPECT_EQ(obstacle(testing::bars(), "[{conv2d: 4}]", training), "");
  training.augment.cutmix = 1;
  EXPECT_EQ(obstacle(testing::bars(), "[{conv2d: 4}]", training), "samples are mixed");
}

TEST(CudaGraph, LeavesOutProcessesThatTrainTogether) {
  EXPECT_EQ(obstacle(testing::bars(), "[{conv2d: 4}]", {}, 2), "processes train together");
}

TEST(CudaGraph, CanBeSwitchedOff) {
  ::setenv("DLWORK_CUDA_GRAPHS", "off", 1);
  EXPECT_EQ(obstacle(testing::bars(), "[{conv2d: 4}]"), "DLWORK_CUDA_GRAPHS=off");
  ::unsetenv("DLWORK_CUDA_GRAPHS");
  EXPECT_EQ(obstacle(testing::bars(), "[{conv2d: 4}]"), "");
}

}  // namespace
}  // namespace dlwork::training
