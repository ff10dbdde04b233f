#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <new>

#include "dlwork/spec/task_names.h"
#include "small_learners.h"
#include "support/small_disk.h"
#include "support/temporary_folder.h"
#include "task/embedding/word_training.h"
#include "task/reinforcement/q_training.h"
#include "task/super_resolution/enlarger.h"
#include "training/network_training.h"
#include "training/supervised_learner.h"

/// What learners of tasks' own say where a training cannot go on.
namespace dlwork::task {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::SilentRun;
using testing::Small;
using testing::small_pictures;
using testing::small_text;
using testing::small_world;
using testing::TemporaryFolder;

/// Keeps what it is told; memory runs out at the first step that is shown, where that is asked for.
struct Told final : Reporter {
  std::string text;
  bool out_of_memory = false;
  void debug(const std::string&) override {}
  void info(const std::string& message) override { text += message + "\n"; }
  void warn(const std::string&) override {}
  void progress(const Progress&) override {
    if (out_of_memory) throw std::bad_alloc();
  }
  void progress_done() override {}
};

TEST(OwnTrouble, ALossThatIsNotFiniteIsPlacedAndLeavesTheLastCheckpointGood) {
  const TemporaryFolder folder;
  auto small = small_pictures();
  small.project.training.optimizer = "sgd";
  small.project.training.learning_rate = 3;
  small.project.training.batch_size = 48;  // one step an epoch
  small.project.training.epochs = 50;
  auto options = small.options();
  options.checkpoint_folder = folder.path();
  std::int64_t good = 0;
  options.after_epoch = [&](const training::EpochRecord& epoch) {
    EXPECT_TRUE(std::isfinite(epoch.validation_loss)) << epoch.epoch;
    good = epoch.epoch;
    return training::AfterEpoch::kGoOn;
  };
  const auto error = small.error_of_fit(options);
  EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
  ASSERT_GT(good, 0) << error.what();
  const std::string at = " in epoch " + std::to_string(good + 1) + ", batch ";
  EXPECT_THAT(error.what(), HasSubstr(at));
  EXPECT_THAT(error.what(), HasSubstr("1, in the loss, of outputs up to "));
  EXPECT_THAT(error.what(), HasSubstr("last good checkpoint: epoch " + std::to_string(good) +
                                      ", in " + folder.path().string()));
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("(now 3; try 0.3)"));
  for (const auto& stored : training::read_safetensors(folder / "fit.safetensors").tensors) {
    EXPECT_TRUE(training::load_tensor(stored).isfinite().all().item<bool>()) << stored.name;
  }
}

TEST(OwnTrouble, WithinAnEpochTheLastCheckpointIsGoodAndNamed) {
  const TemporaryFolder folder;
  auto small = small_pictures();
  small.project.training.optimizer = "sgd";
  small.project.training.learning_rate = 3;  // six steps an epoch
  small.project.training.checkpoint_every.seconds = 1e-9;
  auto options = small.options();
  options.checkpoint_folder = folder.path();
  const auto error = small.error_of_fit(options);
  EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
  const auto kept = training::read_safetensors(folder / "fit.safetensors");
  const auto place = Json::parse(kept.metadata.at("record")).at("place").get<std::string>();
  EXPECT_THAT(place, HasSubstr(", batch "));
  EXPECT_THAT(error.what(), HasSubstr("last good checkpoint: " + place + ", in "));
  for (const auto& stored : kept.tensors) {
    if (stored.name.rfind("now.", 0) != 0) continue;
    EXPECT_TRUE(training::load_tensor(stored).isfinite().all().item<bool>()) << stored.name;
  }
}

TEST(OwnTrouble, TheValidationLossAndTheWeightsAreCheckedBeforeAnythingIsKept) {
  const TemporaryFolder folder;
  auto small = small_pictures();
  small.project.training.optimizer = "sgd";
  small.project.training.batch_size = 48;  // one step an epoch, of a loss that is finite
  small.project.training.weight_decay = 0;
  auto options = small.options();
  options.checkpoint_folder = folder.path();
  options.training.learning_rate = 1e30;
  const auto judged = small.error_of_fit(options);
  EXPECT_EQ(judged.status(), ExitStatus::kRuntime);
  EXPECT_THAT(judged.what(), HasSubstr("test: the validation loss is "));
  EXPECT_THAT(judged.what(), HasSubstr(" in epoch 1, batch 1, from layer "));
  EXPECT_THAT(judged.what(), HasSubstr("no epoch was good"));
  options.training.learning_rate = 3e38;
  options.training.weight_decay = 100;
  EXPECT_THAT(small.error_of_fit(options).what(),
              HasSubstr("test: a weight of layer 0 conv2d is not finite in epoch 1, at learning "
                        "rate 3e+38; no epoch was good"));
  EXPECT_FALSE(std::filesystem::exists(folder / "fit.safetensors"));
}

TEST(OwnTrouble, WordVectorsAndPoliciesSayWhereTheirLossBroke) {
  auto text = small_text();
  text.project.training.optimizer = "sgd";
  text.project.training.learning_rate = 1e30;
  text.project.training.weight_decay = 0;
  const auto words = text.error_of_fit(text.options());
  EXPECT_EQ(words.status(), ExitStatus::kRuntime);
  EXPECT_THAT(words.what(), HasSubstr(" in epoch 1, batch "));
  EXPECT_THAT(words.what(), HasSubstr("vectors"));
  EXPECT_THAT(words.diagnostics().front().hint, Not(HasSubstr("norm layer")));

  auto world = small_world();
  world.project.training.optimizer = "sgd";
  world.project.training.learning_rate = 1e30;
  const auto policy = world.error_of_fit(world.options());
  EXPECT_EQ(policy.status(), ExitStatus::kRuntime);
  EXPECT_THAT(policy.what(), HasSubstr(" in epoch 1, batch "));
  EXPECT_THAT(policy.what(), HasSubstr("layer "));
}

/// The error where memory runs out in the first epoch, after its training.
Error without_memory(const Small& small) {
  auto options = small.options();
  options.after_epoch = [](const training::EpochRecord&) -> training::AfterEpoch {
    throw std::bad_alloc();
  };
  return small.error_of_fit(options);
}

TEST(OwnTrouble, RunningOutOfMemoryNamesSizesAndABatchThatFits) {
  const std::pair<Small, const char*> cases[] = {{small_pictures(), "[8, 16, 8, 8]"},
                                                 {small_text(), "[64, 6, 16]"},
                                                 {small_world(), "[64, 8]"}};
  for (const auto& [small, largest] : cases) {
    const auto error = without_memory(small);
    EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
    EXPECT_THAT(error.what(),
                HasSubstr("test: memory ran out: weights, gradients and moments take "));
    EXPECT_THAT(error.what(), HasSubstr(std::string("the largest tensor ") + largest));
    EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("set training.batch_size: "));
    auto options = small.options();
    options.training.memory.bytes = 1000;
    EXPECT_THAT(small.error_of_fit(options).what(), HasSubstr("not enough memory to train: "));
  }
}

TEST(OwnTrouble, RunningOutOfMemoryInATestOfRatesIsToldAsInAFit) {
  const auto small = small_pictures();
  Told told;
  told.out_of_memory = true;
  StopFlag stop;
  RunContext run{told, stop};
  const auto learner = small.make(run);
  const auto said = [&](const training::FitOptions& options) -> std::string {
    try {
      learner->range_test(options, run);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(said(small.options()), HasSubstr("test: memory ran out: weights, gradients and "));
  auto options = small.options();
  options.training.memory.bytes = 1000;
  EXPECT_THAT(said(options), HasSubstr("not enough memory to train: "));
}

TEST(OwnTrouble, OnAFullDiskTheCheckpointBeforeStaysAndIsGoneOnFrom) {
  const testing::SmallDisk disk("1m");
  if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
  const auto small = small_text();
  SilentRun silent;
  const auto fitted = [&](const training::FitOptions& options) {
    auto learner = small.make(silent.run);
    learner->fit(options, silent.run);
    return dynamic_cast<WordVectors&>(*learner).unit_vectors();
  };
  auto options = small.options();
  const auto whole = fitted(options);
  options.checkpoint_folder = disk.path() / "checkpoint";
  options.after_epoch = [&](const training::EpochRecord& record) {
    if (record.epoch == 2) {
      std::ofstream filler(disk.path() / "filler");
      const std::string block(4096, 'x');
      while (filler.write(block.data(), 4096).flush()) continue;
    }
    return training::AfterEpoch::kGoOn;
  };
  const auto error = small.error_of_fit(options);
  EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("No space left on device; the checkpoint of epoch 1 stays"));
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("then go on with --resume"));
  std::filesystem::remove(disk.path() / "filler");
  options.after_epoch = nullptr;
  options.resume = true;
  EXPECT_TRUE(torch::equal(fitted(options), whole));
}

TEST(OwnTrouble, AnAutomaticBatchSizeIsChosenAndSaid) {
  Told told;
  StopFlag stop;
  RunContext run{told, stop};
  const auto fitted = [&](const Small& small, std::int64_t memory) {
    told.text.clear();
    auto options = small.options();
    options.training.epochs = 1;
    options.training.batch_size = 0;
    options.training.memory.bytes = memory;
    return small.make(run)->fit(options, run);
  };
  const auto pictures = small_pictures();
  const auto report = fitted(pictures, 0);
  EXPECT_EQ(report.history.back().steps, 3) << "48 samples in 16s";
  EXPECT_EQ(report.path, "autograd");
  EXPECT_THAT(told.text, HasSubstr("test: batch size 16: the smallest that is tried"));
  // Ten samples fit into what training.memory gives.
  const auto learner = pictures.make(run);
  const auto need = dynamic_cast<Enlarger&>(*learner).need(pictures.options()).memory;
  const auto room = static_cast<double>(need.fixed + 15 * need.per_sample) / 0.8;
  EXPECT_EQ(fitted(pictures, static_cast<std::int64_t>(room) + 1).history.back().steps, 6);
  EXPECT_THAT(told.text, HasSubstr("test: batch size 8: more would not fit"));

  fitted(small_text(), 0);
  EXPECT_THAT(told.text, HasSubstr("test: batch size 64: the usual one"));
  fitted(small_world(), 0);
  EXPECT_THAT(told.text, HasSubstr("test: batch size 64: the usual one"));
}

}  // namespace
}  // namespace dlwork::task
