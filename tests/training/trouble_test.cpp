#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "support/small_disk.h"
#include "support/temporary_folder.h"
#include "training/divergence.h"
#include "training/own_training.h"
#include "training/safetensors.h"
#include "training/trouble.h"

namespace dlwork::training {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

TEST(Divergence, NamesWhereItBegins) {
  Setting run;
  const auto moons = testing::two_moons();
  const auto learner = learner_of(moons, "[{linear: 8}, tanh, {linear: 8}, relu]", run.context);
  torch::NoGradGuard no_grad;
  const model::Inputs x{torch::ones({4, 2}), {}};
  EXPECT_EQ(find_divergence(learner->network(), x.with(x.values * std::nan("")), "float32"),
            "in the inputs");

  weights(*learner, "2.weight").fill_(3e38);
  weights(*learner, "0.weight").fill_(1);
  weights(*learner, "0.bias").fill_(1);
  EXPECT_THAT(find_divergence(learner->network(), x, "float32"),
              HasSubstr("from layer 2 linear on, after values up to 0.995"));

  weights(*learner, "2.weight").fill_(std::nan(""));
  EXPECT_EQ(find_divergence(learner->network(), x, "float32"),
            "in the weights of layer 2 linear, broken by the step before");
}

TEST(Divergence, IsLookedForInTrainingMode) {
  Setting run;
  const auto moons = testing::two_moons();
  const auto learner = learner_of(moons, "[{linear: 4}, batch_norm]", run.context);
  torch::NoGradGuard no_grad;
  learner->network().buffers()[0].second.fill_(std::nan(""));  // the running mean
  learner->network().set_mode(model::Network::Mode::kEvaluate);
  const model::Inputs x{torch::ones({4, 2}), {}};
  EXPECT_THAT(find_divergence(learner->network(), x, "float32"),
              HasSubstr("in the loss, of outputs up to"));
}

TEST(Divergence, OfTheGradientsIsToldBeforeTheirStep) {
  Setting run;
  const auto plane = testing::plane();
  auto learner = learner_of(plane, "[{linear: 4}]", run.context);
  const auto output = weights(*learner, "1.weight");
  {
    // Four times 2.5 is 10, and its square a loss; but 1e38 times twice that is past float32.
    torch::NoGradGuard no_grad;
    weights(*learner, "0.weight").fill_(0);
    weights(*learner, "0.bias").fill_(1e38);
    output.fill_(2.5e-38);
    weights(*learner, "1.bias").fill_(0);
  }
  auto options = testing::fit_options(plane, 1);
  options.training.gradient_clip = 1;
  options.training.batch_size = 200;
  const auto error = error_of([&] { learner->fit(options, run.context); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(), HasSubstr("the gradients of layer 1 output are not finite after epoch "
                                      "1, batch 1, at learning rate"));
  EXPECT_TRUE(torch::equal(output, torch::full_like(output, 2.5e-38))) << "no step was made";
}

TEST(Divergence, SaysWhichCheckpointIsTheLastGoodAndLeavesItGood) {
  Setting run;
  TemporaryFolder folder;
  const auto plane = testing::plane();
  auto options = testing::fit_options(plane, 50);
  options.training.optimizer = "sgd";
  options.training.schedule = "constant";
  options.training.checkpoint_every.seconds = 1e-9;  // before every batch
  options.checkpoint_folder = folder.path();
  options.training.learning_rate = 30;
  auto learner = learner_of(plane, "[{linear: 64}, relu, {linear: 64}, relu]", run.context);
  const auto error = error_of([&] { learner->fit(options, run.context); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(), HasSubstr("last good checkpoint: "));
  EXPECT_THAT(error.what(), HasSubstr(folder.path().string()));
  const auto kept = read_safetensors(folder / "recent.safetensors");
  for (const auto& stored : kept.tensors) {
    if (stored.name.rfind("now.", 0) != 0) continue;
    EXPECT_TRUE(load_tensor(stored).isfinite().all().item<bool>()) << stored.name;
  }
}

TEST(Divergence, OfTheWeightsNamesTheirLayer) {
  Setting run;
  const auto plane = testing::plane();
  auto options = testing::fit_options(plane, 2);
  options.training.optimizer = "sgd";
  options.training.schedule = "constant";
  options.training.batch_size = 200;  // one step, of a loss that is finite
  options.training.weight_decay = 100;
  options.training.learning_rate = 3e38;
  auto learner = learner_of(plane, "[{linear: 8}, relu]", run.context);
  const auto error = error_of([&] { learner->fit(options, run.context); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime);
  EXPECT_THAT(error.what(),
              HasSubstr("a weight of layer 0 linear is not finite in epoch 1, at learning rate"));
}

TEST(Divergence, OfALearnerOfItsOwnNamesTheLastGoodCheckpoint) {
  FitOptions options;
  options.label = "baseline";
  options.training.learning_rate = 0.5;
  FitTimes times;
  OwnEpoch epoch{options, times, {}, ""};
  epoch.record.epoch = 4;
  epoch.record.learning_rate = 0.25;
  const auto said = [&] {
    return std::string(
        error_of([&] { check_finite(std::nan(""), epoch, 7, [] { return "here"; }); }).what());
  };
  EXPECT_THAT(said(), HasSubstr("the loss is nan in epoch 4, batch 7, here, at learning rate 0.25; "
                                "last good epoch: 3"));
  options.checkpoint_folder = "run/checkpoint";
  epoch.kept = "epoch 4, batch 5";
  EXPECT_THAT(said(), HasSubstr("; last good checkpoint: epoch 4, batch 5, in run/checkpoint"));
  epoch.kept = "";
  epoch.record.epoch = 1;
  EXPECT_THAT(said(), HasSubstr("; no epoch was good"));
}

TEST(Checkpoint, WithAFlippedBitIsRefused) {
  Setting run;
  TemporaryFolder folder;
  const auto moons = testing::two_moons();
  auto options = testing::fit_options(moons, 1);
  options.checkpoint_folder = folder.path();
  options.training.schedule = "constant";  // so that a second epoch may follow
  learner_of(moons, "[{linear: 8}, relu]", run.context)->fit(options, run.context);
  const auto recent = folder / "recent.safetensors", flushed = folder / "fit.safetensors";
  const std::string good = read_file(std::filesystem::exists(recent) ? recent : flushed);
  std::filesystem::remove(recent);
  options.resume = true;
  options.training.epochs = 2;
  const auto resume = [&](const std::string& bytes) {
    write_file(flushed, bytes);
    learner_of(moons, "[{linear: 8}, relu]", run.context)->fit(options, run.context);
  };
  std::uint64_t header = 0;
  std::memcpy(&header, good.data(), sizeof header);
  for (std::size_t flip = 0; flip < 60; ++flip) {
    std::string bytes = good;
    const std::size_t place = (2 * flip + 1) * good.size() / 120;
    bytes[place] = static_cast<char>(bytes[place] ^ (1 << (flip % 8)));
    const auto error = error_of([&] { resume(bytes); });
    EXPECT_EQ(error.status(), ExitStatus::kInput) << place;
    if (place < sizeof header + header) continue;
    EXPECT_THAT(error.what(),
                HasSubstr("is damaged: its bytes do not fit the checksum written with them"));
    EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("run without --resume"));
  }
  EXPECT_NO_THROW(resume(good));
}

TEST(Checkpoint, IsLeftByEveryEpochHoweverShort) {
  Setting run;
  TemporaryFolder folder;
  const auto moons = testing::two_moons();
  auto options = testing::fit_options(moons, 6);
  options.checkpoint_folder = folder.path();
  std::vector<std::string> kept;
  options.after_epoch = [&](const EpochRecord& record) {
    // Called before the epoch's own is written: that of the epoch before is there.
    if (record.epoch > 1) {
      kept.push_back(read_safetensors(folder / "recent.safetensors").metadata.at("epochs"));
    }
    return AfterEpoch::kGoOn;
  };
  learner_of(moons, "[{linear: 8}, relu]", run.context)->fit(options, run.context);
  EXPECT_EQ(kept, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
}

TEST(Checkpoint, TellsItsEpochsToWhoGoesOnAndMayBeToldToStop) {
  Setting run;
  TemporaryFolder folder;
  const auto moons = testing::two_moons();
  auto options = testing::fit_options(moons, 2);
  options.training.schedule = "constant";  // so that more epochs may follow
  options.checkpoint_folder = folder.path();
  options.resumed = [](const std::vector<EpochRecord>&) {
    ADD_FAILURE() << "nothing was resumed";
    return AfterEpoch::kGoOn;
  };
  const char* layers = "[{linear: 8}, relu]";
  const auto first = learner_of(moons, layers, run.context)->fit(options, run.context);
  ASSERT_EQ(first.history.size(), 2u);

  options.resume = true;
  options.training.epochs = 4;
  std::vector<double> told;
  std::vector<std::int64_t> trained;
  options.after_epoch = [&](const EpochRecord& record) {
    trained.push_back(record.epoch);
    return AfterEpoch::kGoOn;
  };
  AfterEpoch answer = AfterEpoch::kStop;
  options.resumed = [&](const std::vector<EpochRecord>& epochs) {
    for (const auto& epoch : epochs) told.push_back(epoch.validation_metric);
    return answer;
  };
  const auto stopped = learner_of(moons, layers, run.context)->fit(options, run.context);
  EXPECT_EQ(stopped.stopped, "pruned");
  EXPECT_EQ(stopped.history.size(), 2u);
  EXPECT_TRUE(trained.empty());
  const std::vector<double> before{first.history[0].validation_metric,
                                   first.history[1].validation_metric};
  EXPECT_EQ(told, before);

  told.clear();
  answer = AfterEpoch::kGoOn;
  const auto whole = learner_of(moons, layers, run.context)->fit(options, run.context);
  EXPECT_EQ(told, before);
  EXPECT_EQ(trained, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(whole.history.size(), 4u);
}

TEST(Checkpoint, AfterAPowerCutTheOneThatWasFlushedIsGoneOnFrom) {
  Setting run;
  TemporaryFolder folder;
  const auto moons = testing::two_moons();
  const char* layers = "[{linear: 8}, relu]";
  auto options = testing::fit_options(moons, 3);
  auto whole = learner_of(moons, layers, run.context);
  whole->fit(options, run.context);

  // Two epochs that are flushed, as if they had been long, then one that is not.
  options.checkpoint_folder = folder.path();
  options.after_epoch = [&](const EpochRecord& record) {
    if (record.epoch == 3) std::filesystem::copy(folder / "recent.safetensors", folder / "flushed");
    return AfterEpoch::kGoOn;
  };
  learner_of(moons, layers, run.context)->fit(options, run.context);
  const auto recent = folder / "recent.safetensors";
  const std::string unflushed = read_file(recent);
  std::filesystem::rename(folder / "flushed", folder / "fit.safetensors");
  const auto resume = [&](std::size_t epochs_run) {
    std::size_t epochs = 0;
    options.resume = true;
    options.after_epoch = [&](const EpochRecord&) {
      ++epochs;
      return AfterEpoch::kGoOn;
    };
    auto learner = learner_of(moons, layers, run.context);
    learner->fit(options, run.context);
    EXPECT_EQ(epochs, epochs_run);
    const auto a = whole->named_tensors(), b = learner->named_tensors();
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
  };
  resume(0);  // no power cut: the newest, of epoch 3
  for (const bool torn : {false, true}) {
    SafeTensors content = parse_safetensors(unflushed, recent);
    content.metadata["boot"] = "another start of the machine";
    write_safetensors(recent, content);
    if (torn) std::ofstream(recent) << std::string(unflushed.size(), '\0');
    resume(1);  // from epoch 2 on
  }
}

TEST(Checkpoint, OnAFullDiskTheOneBeforeStaysAndIsGoneOnFrom) {
  const testing::SmallDisk disk("1m");
  if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
  Setting run;
  const auto moons = testing::two_moons();
  const char* layers = "[{linear: 64}, relu, {dropout: 0.1}, {linear: 64}, relu]";
  auto options = testing::fit_options(moons, 4);
  auto whole = learner_of(moons, layers, run.context);
  whole->fit(options, run.context);

  options.checkpoint_folder = disk.path() / "checkpoint";
  options.training.checkpoint_every.seconds = 1e-9;  // before every batch
  options.after_epoch = [&](const EpochRecord& record) {
    if (record.epoch == 2) {
      std::ofstream filler(disk.path() / "filler");
      const std::string block(4096, 'x');
      while (filler.write(block.data(), 4096).flush()) continue;
    }
    return AfterEpoch::kGoOn;
  };
  const auto error =
      error_of([&] { learner_of(moons, layers, run.context)->fit(options, run.context); });
  EXPECT_EQ(error.status(), ExitStatus::kRuntime) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("No space left on device"));
  EXPECT_THAT(error.what(), HasSubstr("the checkpoint of epoch 2, batch 7 stays"));
  EXPECT_THAT(error.diagnostics().front().hint, HasSubstr("then go on with --resume"));

  std::filesystem::remove(disk.path() / "filler");
  options.after_epoch = nullptr;
  options.resume = true;
  auto resumed = learner_of(moons, layers, run.context);
  EXPECT_EQ(resumed->fit(options, run.context).history.size(), 4u);
  const auto a = whole->named_tensors(), b = resumed->named_tensors();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
}

}  // namespace
}  // namespace dlwork::training
