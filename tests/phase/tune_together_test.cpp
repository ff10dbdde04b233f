// Several processes share out the trials of a study: threads stand for them here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dlwork/base/files.h"
#include "processes.h"

namespace dlwork {
namespace {

using ::testing::Each;
using testing::PhaseOverFake;
using testing::Processes;
using training::JoinedGroup;

/// A project whose trials are drawn from a range; none is pruned.
void set_study(spec::Project& project, std::int64_t trials) {
  spec::Dimension rate;
  rate.low = 1e-3;
  rate.high = 1e-1;
  rate.log = true;
  project.tune.trials = trials;
  project.tune.prune = false;
  project.tune.space["training.learning_rate"] = rate;
}

TEST(TuneTogether, GivesTheTrialsOfOneProcess) {
  PhaseOverFake alone;
  set_study(alone.project, 5);
  const auto expected = alone.run("tune");

  Processes processes(2);
  for (auto& each : processes.all) set_study(each.project, 5);
  EXPECT_THAT(processes.run("tune"), Each(""));
  EXPECT_EQ(processes.all[0].counts.fits, 3);
  EXPECT_EQ(processes.all[1].counts.fits, 2);
  EXPECT_EQ(processes.results[0].values, expected.values);
  EXPECT_EQ(processes.results[0].headline, expected.headline);
  EXPECT_EQ(processes.results[1].headline, "the first process has the result");
  // All is in the first one's workspace.
  const auto tune = processes.all[0].workspace_folder() / "tune";
  for (int trial = 0; trial < 5; ++trial) {
    const auto file = tune / "latest" / ("trial-" + std::to_string(trial) + ".safetensors");
    EXPECT_TRUE(std::filesystem::exists(file)) << file;
  }
  EXPECT_FALSE(
      std::filesystem::exists(processes.all[1].workspace_folder() / "tune" / "study.journal"));
}

TEST(TuneTogether, PrunesByTheTrialsOfTheProcessItself) {
  const auto tuned = [] {
    Processes processes(2);
    for (auto& each : processes.all) {
      set_study(each.project, 12);
      each.project.tune.prune = true;
    }
    EXPECT_THAT(processes.run("tune"), Each(""));
    return processes.results[0].values;
  };
  const Json first = tuned();
  EXPECT_EQ(first.at("trials").size(), 12u);
  EXPECT_NE(first.dump().find("pruned"), std::string::npos);
  EXPECT_EQ(first, tuned()) << "whichever process was faster";
}

TEST(TuneTogether, StopsOnceATrialHasReachedTheGoal) {
  Processes processes(2);
  for (auto& each : processes.all) {
    set_study(each.project, 400);
    each.project.goal.target = 0.4;
  }
  EXPECT_THAT(processes.run("tune"), Each(""));
  EXPECT_EQ(processes.results[0].values["stopped"], "goal");
  const int fits = processes.all[0].counts.fits + processes.all[1].counts.fits;
  EXPECT_LT(fits, 400);
  EXPECT_EQ(processes.results[0].values["trials"].size(), static_cast<std::size_t>(fits));
}

TEST(TuneTogether, KeepsWhatTheFirstDidWhereAnotherFailsAndGoesOnAlone) {
  PhaseOverFake first;
  set_study(first.project, 5);
  EXPECT_EQ(testing::beside_one_that_fails(first, "tune", Error(ExitStatus::kRuntime, "disk full")),
            "error: process 1 of 2: disk full");
  EXPECT_EQ(first.counts.fits, 3);
  const auto result = first.run("tune");
  EXPECT_EQ(first.counts.fits, 5) << "those of the other alone";
  EXPECT_EQ(result.values["trials"].size(), 5u);
}

TEST(TuneTogether, StopsTheFirstOnceAnotherFails) {
  PhaseOverFake first;
  set_study(first.project, 5);
  first.project.training.learning_rate = 0.5;  // goes on until it is stopped
  first.project.tune.space.clear();
  spec::Dimension epochs;
  epochs.low = 1;
  epochs.high = 9;
  epochs.integer = true;
  first.project.tune.space["training.epochs"] = epochs;
  EXPECT_EQ(testing::beside_one_that_fails(first, "tune", Error(ExitStatus::kRuntime, "disk full")),
            "error: process 1 of 2: disk full");
  EXPECT_EQ(first.counts.fits, 1) << "stopped within its first trial";
}

TEST(TuneTogether, NeedsOneFileSystem) {
  PhaseOverFake second;
  set_study(second.project, 5);
  const auto ends = testing::run_together(2, [&](JoinedGroup& group) {
    std::string study = Json{{"workspace", "/not/there"}, {"data", "data"}}.dump();
    if (group.leads()) return group.broadcast(study);
    second.group = &group;
    second.run("tune");
  });
  EXPECT_EQ(ends[1],
            "error: a process that shares out the work of tune does not see the run in /not/there "
            "(start all of them where they see one file system)");
}

}  // namespace
}  // namespace dlwork
