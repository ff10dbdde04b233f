#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "dlwork/base/files.h"
#include "small_learners.h"
#include "support/stop_after.h"
#include "support/temporary_folder.h"
#include "training/safetensors.h"

/// What trainings of tasks' own keep within an epoch, and go on from.
namespace dlwork::task {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::SilentRun;
using testing::Small;
using testing::TemporaryFolder;

/// Several blocks of pairs an epoch, which are shuffled one by one.
Small several_blocks() {
  Small small = testing::small_text();
  small.project.training.batch_size = 4;
  return small;
}

/// What is changed at random is drawn again.
Small masked_speech() {
  Small small = testing::small_speech();
  small.project.training.augment.time_mask = 2;
  small.project.training.augment.noise = 0.1;
  return small;
}
Small flipped_pictures() {
  Small small = testing::small_pictures();
  small.project.training.augment.flip = true;
  return small;
}
Small noisy_circle() {
  Small small = testing::small_circle();
  small.project.training.augment.noise = 0.1;
  return small;
}

/// A training ends at its so many-th step, as if the process had been killed.
struct KilledAt final : Reporter {
  struct Killed {};
  explicit KilledAt(int step) : left(step) {}
  void debug(const std::string&) override {}
  void info(const std::string&) override {}
  void warn(const std::string&) override {}
  void progress(const Progress&) override {
    if (--left == 0) throw Killed();
  }
  void progress_done() override {}
  int left;
};

struct OwnCase {
  const char* name;
  Small (*make)();
  int stride;        ///< steps from one stop to the next: no divisor of an epoch's
  int killed;        ///< at which step
  const char* unit;  ///< that a place is told in
};
void PrintTo(const OwnCase& of, std::ostream* out) { *out << of.name; }

class OwnCheckpointTest : public ::testing::TestWithParam<OwnCase> {
 protected:
  OwnCheckpointTest() {
    small_.project.training.epochs = 3;
    small_.project.training.schedule = "cosine";
    options_ = small_.options();
    options_.progress_seconds = 0;  // each step is told
  }
  std::filesystem::path file() const { return folder_ / "checkpoint" / "fit.safetensors"; }
  void keep() { options_.checkpoint_folder = folder_ / "checkpoint"; }
  /// The model's bytes, and what its history says beside times.
  struct Fitted {
    std::string model;
    std::vector<std::vector<double>> history;
    bool operator==(const Fitted&) const = default;
  };
  Fitted fit(RunContext& run) {
    const auto learner = small_.make(run);
    const auto report = learner->fit(options_, run);
    Fitted fitted;
    for (const auto& e : report.history) {
      fitted.history.push_back({static_cast<double>(e.steps), e.train_loss, e.train_metric,
                                e.validation_loss, e.validation_metric, e.learning_rate});
    }
    learner->save(folder_ / "model.safetensors");
    fitted.model = read_file(folder_ / "model.safetensors");
    return fitted;
  }
  /// Trains until the reporter ends it; what was thrown.
  void kill(int step) {
    KilledAt reporter(step);
    StopFlag stop;
    RunContext run{reporter, stop};
    EXPECT_THROW(fit(run), KilledAt::Killed) << step;
  }
  std::string place() const {
    return Json::parse(training::read_safetensors(file()).metadata.at("record"))
        .at("place")
        .get<std::string>();
  }

  Small small_ = GetParam().make();
  training::FitOptions options_;
  TemporaryFolder folder_;
  SilentRun silent_;
};

TEST_P(OwnCheckpointTest, StoppedAgainAndAgainWithinEpochsItGoesOnToTheSameBits) {
  const Fitted whole = fit(silent_.run);
  ASSERT_EQ(whole.history.size(), 3u);
  keep();
  const std::string said = std::string("test: stopped in epoch [1-3] after ") + GetParam().unit +
                           " [0-9]+ of [0-9]+; its state is kept";
  int stops = 0;
  for (bool going = true; going; options_.resume = true) {
    StopFlag stop;
    testing::StopAfter reporter(stop, GetParam().stride);
    RunContext run{reporter, stop};
    try {
      EXPECT_EQ(fit(run), whole) << "after " << stops << " stops";
      going = false;
    } catch (const Error& error) {
      ASSERT_EQ(error.status(), ExitStatus::kInterrupted) << error.what();
      EXPECT_THAT(error.diagnostics().front().message, MatchesRegex(said));
      EXPECT_EQ(error.diagnostics().front().hint, "go on with --resume");
      ++stops;
    }
  }
  EXPECT_GE(stops, 3);
}

TEST_P(OwnCheckpointTest, IsWrittenAtTheIntervalAndGoneOnFromAfterAKill) {
  const Fitted whole = fit(silent_.run);
  keep();
  options_.training.checkpoint_every.seconds = 3600;
  kill(GetParam().killed);
  EXPECT_FALSE(std::filesystem::exists(file())) << "the first epoch is not over";
  options_.training.checkpoint_every.seconds = 1e-9;  // before every step
  kill(1);
  EXPECT_EQ(place(), "the start");
  kill(GetParam().killed);
  EXPECT_THAT(place(), HasSubstr(std::string("epoch 1, ") + GetParam().unit + " "));
  options_.resume = true;
  kill(GetParam().killed + 2);
  options_.training.checkpoint_every.seconds = 3600;
  EXPECT_EQ(fit(silent_.run), whole);
  EXPECT_EQ(place(), "epoch 3");
}

TEST_P(OwnCheckpointTest, OfAnotherFormatOrFitIsRefused) {
  keep();
  options_.training.checkpoint_every.seconds = 1e-9;
  kill(3);
  options_.resume = true;
  const auto refusal = [&] {
    try {
      fit(silent_.run);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
      EXPECT_EQ(error.diagnostics().front().hint, "run without --resume to start anew");
      return std::string(error.what());
    }
    return std::string("nothing was refused");
  };
  const std::string good = read_file(file());
  auto older = training::parse_safetensors(good, file());
  older.metadata["format"] = "dlwork/own-checkpoint/2";
  training::write_safetensors(file(), older);
  EXPECT_THAT(refusal(), HasSubstr("is a checkpoint in a format that this version of dlwork does "
                                   "not read"));
  write_file(file(), good);
  options_.seed = 4;
  EXPECT_THAT(refusal(), HasSubstr("is of another fit: settings, data or seed changed"));
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, OwnCheckpointTest,
    ::testing::Values(OwnCase{"transcription", masked_speech, 5, 3, "batch"},
                      OwnCase{"similarity", noisy_circle, 5, 3, "batch"},
                      OwnCase{"super_resolution", flipped_pictures, 5, 3, "batch"},
                      OwnCase{"embedding", several_blocks, 90, 80, "line"},
                      OwnCase{"reinforcement", testing::small_world, 170, 3, "step"}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace dlwork::task
