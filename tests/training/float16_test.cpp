#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dlwork/base/json.h"
#include "support/fit_problem.h"
#include "support/stop_after.h"
#include "support/temporary_folder.h"
#include "training/autocast.h"
#include "training/divergence.h"
#include "training/safetensors.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

/// What is larger than 65,504 is infinite in float16. Networks here are set so that one number is,
/// or is not once the loss is multiplied by less.
class Float16 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kHalfOnCpu) GTEST_SKIP() << "this LibTorch has no float16 on the CPU";
  }

  std::unique_ptr<SupervisedLearner> learner_of(const data::Dataset& dataset,
                                                const std::string& layers) {
    auto made = make_supervised(testing::problem(dataset, layers), run_);
    return std::unique_ptr<SupervisedLearner>(static_cast<SupervisedLearner*>(made.release()));
  }

  /// Four units that give `hidden`, whatever comes in, and an output that adds them up by `weight`.
  std::unique_ptr<SupervisedLearner> constant(float hidden, float weight) {
    auto learner = learner_of(plane_, "[{linear: 4}]");
    set(*learner, "0.weight", 0);
    set(*learner, "0.bias", hidden);
    set(*learner, "1.weight", weight);
    set(*learner, "1.bias", 0);
    return learner;
  }

  static void set(const SupervisedLearner& learner, const std::string& name, float value) {
    const torch::NoGradGuard no_grad;
    for (auto [key, tensor] : learner.network().parameters()) {
      if (key == name) tensor.fill_(value);
    }
  }

  static FitOptions options_of(const data::Dataset& dataset, std::int64_t epochs) {
    auto options = testing::fit_options(dataset, epochs);
    options.training.precision = "float16";
    options.training.optimizer = "adam";
    options.training.schedule = "constant";
    return options;
  }

  Error error_of_fit(SupervisedLearner& learner, const FitOptions& options) {
    try {
      learner.fit(options, run_);
    } catch (const Error& error) {
      return error;
    }
    return Error(ExitStatus::kOk, "no error");
  }

  static void expect_the_same(const SupervisedLearner& left, const SupervisedLearner& right) {
    const auto a = left.named_tensors(), b = right.named_tensors();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
    }
  }

  data::Dataset plane_ = testing::plane();
  SilentReporter reporter_;
  StopFlag stop_;
  RunContext run_{reporter_, stop_};
};

/// What the newest checkpoint in a folder says.
struct Checkpoint {
  explicit Checkpoint(const TemporaryFolder& folder) {
    const auto recent = folder / "recent.safetensors";
    const auto content =
        read_safetensors(std::filesystem::exists(recent) ? recent : folder / "fit.safetensors");
    steps = content.metadata.at("steps");
    loss_scale = Json::parse(content.metadata.at("report")).at("loss_scale").get<double>();
  }
  std::string steps;
  double loss_scale = 0;
};

TEST_F(Float16, DivergenceNamesTheLayerThatOverflows) {
  const auto moons = testing::two_moons();
  const auto learner = learner_of(moons, "[{linear: 8}, tanh, {linear: 8}, relu]");
  set(*learner, "0.weight", 0);
  set(*learner, "0.bias", 20);     // whose tanh is 1
  set(*learner, "2.weight", 1e4);  // eight times that is 80,000
  {
    const torch::NoGradGuard no_grad;
    const model::Inputs x{torch::ones({4, 2}), {}};
    EXPECT_THAT(find_divergence(learner->network(), x, "float32"),
                HasSubstr("in the loss, of outputs up"));
    EXPECT_EQ(find_divergence(learner->network(), x, "float16"),
              "from layer 2 linear on, after values up to 1");
  }
  const auto error = error_of_fit(*learner, options_of(moons, 1));
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(), HasSubstr("in epoch 1, batch 1, from layer 2 linear on, after values "
                                      "up to 1, at learning rate"));
  EXPECT_THAT(error.diagnostics().front().hint,
              HasSubstr("set training.precision: bfloat16, which has float32's range, lower "));
}

// The mean square of 4,000 is a loss; its gradient by a weight, 2 x 4,000 x 1,000, is too large
// even where the loss is multiplied by 1. Which it is in the 17th step: 65,536 halved 16 times.
TEST_F(Float16, EndsWhereGradientsOverflowHoweverLittleTheLossIsMultipliedBy) {
  const auto learner = constant(1000, 1);
  const auto error = error_of_fit(*learner, options_of(plane_, 5));  // of 7 batches each
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(), HasSubstr("fit: the gradients of layer 1 output are not finite after "
                                      "epoch 3, batch 3, however little the loss is multiplied by, "
                                      "at learning rate"));
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("training.precision: bfloat16"));
  expect_the_same(*learner, *constant(1000, 1));
}

// Targets have a mean of about 0, and the network says 0.72: the gradient by a weight is 1.44,
// which overflows times 65,536 and does not times 32,768.
constexpr float kOverflowsOnce = 0.18f;

TEST_F(Float16, ASkippedStepChangesNeitherWeightsNorAdamsCount) {
  for (const std::int64_t epochs : {1, 2}) {
    const TemporaryFolder folder;
    const auto learner = constant(1, kOverflowsOnce);
    auto options = options_of(plane_, epochs);
    options.training.batch_size = 200;  // one step an epoch
    options.validation_rows = {};       // the newest weights are kept
    options.checkpoint_folder = folder.path();
    learner->fit(options, run_);
    const Checkpoint checkpoint(folder);
    EXPECT_EQ(checkpoint.loss_scale, 32768);
    EXPECT_EQ(checkpoint.steps, epochs == 1 ? "0" : "1");
    const auto before = constant(1, kOverflowsOnce);
    if (epochs == 1) {
      expect_the_same(*learner, *before);
    } else {
      EXPECT_FALSE(
          torch::equal(learner->named_tensors()[0].second, before->named_tensors()[0].second));
    }
  }
}

TEST_F(Float16, ResumesWithTheHalvedFactor) {
  const TemporaryFolder folder;
  auto options = options_of(plane_, 3);
  options.training.batch_size = 200;
  options.validation_rows = {};
  const auto whole = constant(1, kOverflowsOnce);
  whole->fit(options, run_);

  options.checkpoint_folder = folder.path();
  StopFlag stop;
  testing::StopAfter reporter(stop, 1);  // after the step that is skipped
  RunContext interrupted{reporter, stop};
  EXPECT_THROW(constant(1, kOverflowsOnce)->fit(options, interrupted), Error);
  EXPECT_EQ(Checkpoint(folder).loss_scale, 32768);
  EXPECT_EQ(Checkpoint(folder).steps, "0");
  options.resume = true;
  const auto resumed = constant(1, kOverflowsOnce);
  resumed->fit(options, run_);
  expect_the_same(*resumed, *whole);
}

}  // namespace
}  // namespace dlwork::training
