#include <gtest/gtest.h>

#include <cstdlib>

#include "dlwork/base/files.h"
#include "dlwork/training/metrics.h"
#include "dlwork/training/supervised.h"
#include "support/fit_problem.h"
#include "support/stop_after.h"
#include "support/temporary_folder.h"

namespace dlwork::training {
namespace {

using data::Part;
using testing::TemporaryFolder;

constexpr char kMlp[] = "[{linear: 32}, relu, {dropout: 0.1}, {linear: 32}, relu]";
constexpr char kCnn[] = "[{conv2d: 8}, batch_norm, relu, {max_pool2d: 2}, {linear: 16}, relu]";

struct Setting {
  SilentReporter reporter;
  StopFlag stop;
  RunContext context{reporter, stop};
};

double test_metric(Learner& learner, const data::Dataset& dataset, const std::string& metric) {
  const auto& rows = dataset.part(Part::kTest);
  return compute_metric(metric, learner.predict(dataset.samples, rows), dataset.samples.target,
                        rows);
}

std::string bytes_of(Learner& learner, const TemporaryFolder& folder) {
  learner.save(folder / "m.safetensors");
  return read_file(folder / "m.safetensors");
}

TEST(Fit, LearnsWhatNoLineParts) {
  Setting run;
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, kMlp), run.context);
  const auto report = learner->fit(testing::fit_options(dataset, 40), run.context);
  EXPECT_GE(test_metric(*learner, dataset, "accuracy"), 0.97);
  EXPECT_EQ(report.history.size(), 40u);
  EXPECT_LT(report.history.back().train_loss, 0.3 * report.history.front().train_loss);
  EXPECT_EQ(report.stopped, "epochs");
  EXPECT_EQ(report.history.back().steps, 40 * 8);
}

TEST(Fit, LearnsPicturesWithConvolutions) {
  Setting run;
  const auto dataset = testing::bars();
  auto learner = make_supervised(testing::problem(dataset, kCnn), run.context);
  auto options = testing::fit_options(dataset, 15);
  options.training.augment.shift = 1;
  learner->fit(options, run.context);
  EXPECT_GE(test_metric(*learner, dataset, "accuracy"), 0.97);
}

TEST(Fit, RegressionPredictsInTheTargetsOwnUnit) {
  Setting run;
  const auto dataset = testing::plane();
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 32}, relu]"), run.context);
  learner->fit(testing::fit_options(dataset, 80), run.context);
  // The target's deviation is about 60; the plane is learned to a few per cent of it.
  EXPECT_LT(test_metric(*learner, dataset, "rmse"), 4);
}

TEST(Fit, EveryOptimizerAndScheduleLearns) {
  Setting run;
  const auto dataset = testing::two_moons();
  for (const std::string& optimizer : optimizer_names()) {
    for (const std::string& schedule : schedule_names()) {
      auto learner =
          make_supervised(testing::problem(dataset, "[{linear: 32}, relu]"), run.context);
      auto options = testing::fit_options(dataset, 20);
      options.training.optimizer = optimizer;
      options.training.schedule = schedule;
      options.training.learning_rate = optimizer == "sgd"       ? 0.1
                                       : optimizer == "rmsprop" ? 0.002
                                                                : 0.01;
      learner->fit(options, run.context);
      EXPECT_GE(test_metric(*learner, dataset, "accuracy"), 0.84) << optimizer << " " << schedule;
    }
  }
}

TEST(Fit, EveryLossLearns) {
  Setting run;
  for (const std::string& loss : loss_names()) {
    // Of tasks with networks of their own.
    if (loss == "triplet" || loss == "gram" || loss == "ctc") continue;
    const bool of_classes = loss == "cross-entropy" || loss == "focal" || loss == "bce";
    const auto dataset = of_classes ? testing::two_moons() : testing::plane();
    auto problem = testing::problem(dataset, "[{linear: 32}, relu]");
    problem.loss = loss;  // one of another task is refused
    auto learner = make_supervised(std::move(problem), run.context);
    learner->fit(testing::fit_options(dataset, of_classes ? 20 : 60), run.context);
    if (of_classes) {
      EXPECT_GE(test_metric(*learner, dataset, "accuracy"), 0.84) << loss;
    } else {
      EXPECT_LT(test_metric(*learner, dataset, "rmse"), 8) << loss;  // the mean has about 60
    }
  }
}

TEST(Fit, SameSeedSameBits) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::bars();
  std::vector<std::string> files;
  for (int repeat = 0; repeat < 2; ++repeat) {
    auto learner = make_supervised(testing::problem(dataset, kCnn), run.context);
    auto options = testing::fit_options(dataset, 2);
    options.training.augment.flip = true;
    learner->fit(options, run.context);
    files.push_back(bytes_of(*learner, folder));
  }
  EXPECT_EQ(files[0], files[1]);
}

TEST(Fit, ResumedEndsWithTheBitsOfAnUninterruptedRun) {
  Setting run;
  TemporaryFolder folder;
  for (const char* layers : {kMlp, kCnn}) {
    const bool pictures = std::string(layers) == kCnn;
    const auto dataset = pictures ? testing::bars() : testing::two_moons();
    auto options = testing::fit_options(dataset, 6);
    options.training.augment.flip = pictures;
    auto whole = make_supervised(testing::problem(dataset, layers), run.context);
    const auto report = whole->fit(options, run.context);
    const std::string expected = bytes_of(*whole, folder);
    // Stopped in different epochs, at the first batch, in the middle and at the last.
    for (const int batches : {1, 4, 5, 12, 23}) {
      options.checkpoint_folder =
          folder / (std::string("stop-") + std::to_string(batches) + (pictures ? "p" : "t"));
      StopFlag stop;
      testing::StopAfter reporter(stop, batches);
      RunContext interrupted{reporter, stop};
      auto first = make_supervised(testing::problem(dataset, layers), interrupted);
      try {
        first->fit(options, interrupted);
        ADD_FAILURE() << "was not stopped";
      } catch (const Error& error) {
        EXPECT_EQ(error.status(), ExitStatus::kInterrupted);
      }
      auto second = make_supervised(testing::problem(dataset, layers), run.context);
      options.resume = true;
      const auto resumed = second->fit(options, run.context);
      options.resume = false;
      EXPECT_EQ(bytes_of(*second, folder), expected) << batches << " batches";
      EXPECT_EQ(resumed.best_epoch, report.best_epoch);
      EXPECT_EQ(resumed.history.back().train_loss, report.history.back().train_loss);
    }
  }
}

/// Ends the fit in the middle of a batch, as a kill does: nothing is saved on the way out.
class KillAfter final : public Reporter {
 public:
  struct Killed {};
  explicit KillAfter(int reports) : left_(reports) {}
  void debug(const std::string&) override {}
  void info(const std::string&) override {}
  void warn(const std::string&) override {}
  void progress(const Progress&) override {
    if (--left_ == 0) throw Killed();
  }
  void progress_done() override {}

 private:
  int left_;
};

TEST(Fit, KilledGoesOnFromTheLastCheckpointWithTheSameBits) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 3);
  auto whole = make_supervised(testing::problem(dataset, kMlp), run.context);
  whole->fit(options, run.context);
  const std::string expected = bytes_of(*whole, folder);
  options.training.checkpoint_every.seconds = 1e-9;  // before every batch
  for (const int batches : {1, 6, 13}) {
    options.checkpoint_folder = folder / ("kill-" + std::to_string(batches));
    KillAfter reporter(batches);
    StopFlag stop;
    RunContext killed{reporter, stop};
    auto first = make_supervised(testing::problem(dataset, kMlp), killed);
    EXPECT_THROW(first->fit(options, killed), KillAfter::Killed);
    StopFlag stop_at_once;
    testing::StopAfter next(stop_at_once, 1);
    RunContext looked_at{next, stop_at_once};
    options.resume = true;
    auto second = make_supervised(testing::problem(dataset, kMlp), looked_at);
    try {
      second->fit(options, looked_at);
      ADD_FAILURE() << "was not stopped";
    } catch (const Error& error) {
      // The killed batch was done over, and no other.
      const std::string at = "after batch " + std::to_string((batches - 1) % 8 + 1) + " of 8";
      EXPECT_NE(std::string(error.what()).find(at), std::string::npos) << error.what();
    }
    auto third = make_supervised(testing::problem(dataset, kMlp), run.context);
    third->fit(options, run.context);
    options.resume = false;
    EXPECT_EQ(bytes_of(*third, folder), expected) << batches << " batches";
  }
}

TEST(Fit, ADamagedCheckpointIsAnErrorAtMost) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 2);
  options.checkpoint_folder = folder.path();
  StopFlag stop;
  testing::StopAfter reporter(stop, 11);
  RunContext interrupted{reporter, stop};
  auto learner = make_supervised(testing::problem(dataset, "[{linear: 4}, relu]"), interrupted);
  EXPECT_THROW(learner->fit(options, interrupted), Error);
  const std::string good = read_file(folder / "recent.safetensors");
  options.resume = true;
  Rng rng(4, "bytes");
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::string bytes = good;
    bytes[rng.below(std::min<std::size_t>(bytes.size(), 2500))] = static_cast<char>(rng.below(256));
    std::filesystem::remove(folder / "fit.safetensors");
    write_file(folder / "recent.safetensors", bytes);
    try {
      make_supervised(testing::problem(dataset, "[{linear: 4}, relu]"), run.context)
          ->fit(options, run.context);
    } catch (const Error& error) {
      ++refused;
      EXPECT_TRUE(error.status() == ExitStatus::kInput || error.status() == ExitStatus::kRuntime)
          << error.what();
    }
  }
  EXPECT_GT(refused, 10);
}

TEST(Fit, WithoutAValidationPartTheNewestEpochIsKept) {
  Setting run;
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, kMlp), run.context);
  auto options = testing::fit_options(dataset, 10);
  options.validation_rows.clear();
  EXPECT_EQ(learner->fit(options, run.context).best_epoch, 10);
}

TEST(Fit, BatchNormNeedsTwoSamplesABatch) {
  Setting run;
  const auto dataset = testing::bars();
  auto learner = make_supervised(testing::problem(dataset, kCnn), run.context);
  auto options = testing::fit_options(dataset, 1);
  options.training.batch_size = 1;
  try {
    learner->fit(options, run.context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    EXPECT_EQ(error.diagnostics().front().key, "training.batch_size");
  }
}

TEST(Fit, ACheckpointOfAnotherFitIsRefused) {
  Setting run;
  TemporaryFolder folder;
  const auto dataset = testing::two_moons();
  auto options = testing::fit_options(dataset, 2);
  options.checkpoint_folder = folder.path();
  make_supervised(testing::problem(dataset, kMlp), run.context)->fit(options, run.context);
  options.resume = true;
  options.training.learning_rate = 0.02;
  try {
    make_supervised(testing::problem(dataset, kMlp), run.context)->fit(options, run.context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_NE(std::string(error.what()).find("of another fit"), std::string::npos);
  }
}

TEST(Fit, StopsWhereTheLossIsNotFinite) {
  Setting run;
  const auto dataset = testing::plane();
  auto learner = make_supervised(
      testing::problem(dataset, "[{linear: 64}, relu, {linear: 64}, relu]"), run.context);
  auto options = testing::fit_options(dataset, 50);
  options.training.optimizer = "sgd";
  options.training.learning_rate = 1e6;
  options.training.schedule = "constant";
  try {
    learner->fit(options, run.context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    const std::string text = error.what();
    EXPECT_NE(text.find("epoch 1, batch "), std::string::npos) << text;
    EXPECT_NE(text.find("training.learning_rate"), std::string::npos) << text;
  }
}

TEST(Fit, EarlyStoppingKeepsTheBestEpoch) {
  Setting run;
  const auto dataset = testing::two_moons();
  auto learner = make_supervised(testing::problem(dataset, kMlp), run.context);
  auto options = testing::fit_options(dataset, 200);
  options.training.schedule = "constant";
  options.training.early_stopping.patience = 3;
  const auto report = learner->fit(options, run.context);
  EXPECT_EQ(report.stopped, "early stopping");
  EXPECT_EQ(static_cast<std::int64_t>(report.history.size()), report.best_epoch + 3);
  const auto& rows = dataset.part(Part::kValidation);
  EXPECT_EQ(compute_metric("accuracy", learner->predict(dataset.samples, rows),
                           dataset.samples.target, rows),
            report.best_metric);
}

TEST(Fit, ALastBatchOfOneJoinsTheOneBefore) {
  Setting run;
  const auto dataset = testing::bars();
  auto learner = make_supervised(testing::problem(dataset, kCnn), run.context);
  auto options = testing::fit_options(dataset, 1);
  options.train_rows.resize(65);
  EXPECT_EQ(learner->fit(options, run.context).history.front().steps, 2);
}

TEST(Device, OfCudaIsToGiveTheSameBitsInFullPrecision) {
  auto& context = at::globalContext();
  set_up_device("cpu");
  EXPECT_FALSE(context.deterministicAlgorithms()) << "the CPU's are, and asking slows them down";
  EXPECT_TRUE(context.allowTF32CuDNN());
  set_up_device("cuda:0");
  EXPECT_TRUE(context.deterministicAlgorithms());
  EXPECT_TRUE(context.deterministicAlgorithmsWarnOnly());
  EXPECT_TRUE(context.deterministicCuDNN());
  EXPECT_FALSE(context.benchmarkCuDNN());
  EXPECT_FALSE(context.allowTF32CuDNN());
  EXPECT_FALSE(context.allowTF32CuBLAS());
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":4096:8");
  context.setDeterministicAlgorithms(false, false);
  context.setDeterministicCuDNN(false);
  context.setAllowTF32CuDNN(true);
}

TEST(Device, AskingForWhatIsNotThereSaysWhatIs) {
  EXPECT_EQ(resolve_device("cpu"), "cpu");
  if (resolve_device("auto") == "cuda") GTEST_SKIP() << "a CUDA device is here";
  try {
    resolve_device("cuda");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_NE(std::string(error.what()).find("what is there: cpu"), std::string::npos);
  }
  EXPECT_THROW(resolve_device("tpu"), Error);
}

}  // namespace
}  // namespace dlwork::training
