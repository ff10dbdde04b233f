// Several processes share out the members of an ensemble: threads stand for them here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "dlwork/base/files.h"
#include "processes.h"

namespace dlwork {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using testing::PhaseOverFake;
using testing::Processes;
using training::JoinedGroup;

std::string member(const PhaseOverFake& process, int number) {
  const auto file = "member-" + std::to_string(number) + ".safetensors";
  return read_file(process.workspace_folder() / "ensemble" / "latest" / file);
}

TEST(EnsembleTogether, GivesTheMembersOfOneProcess) {
  PhaseOverFake alone;
  alone.project.ensemble.members = 5;
  const auto expected = alone.run("ensemble");
  for (const int size : {2, 3}) {
    Processes processes(size);
    for (auto& each : processes.all) each.project.ensemble.members = 5;
    EXPECT_THAT(processes.run("ensemble"), Each(""));
    PhaseOverFake& first = processes.all[0];
    EXPECT_EQ(first.counts.fits, size == 2 ? 3 : 2);
    EXPECT_EQ(processes.all[1].counts.fits, 2);
    EXPECT_EQ(processes.results[0].values, expected.values);
    EXPECT_EQ(processes.results[0].headline, expected.headline);
    EXPECT_EQ(processes.results[0].tables.front().rows, expected.tables.front().rows);
    for (int number = 1; number <= 5; ++number) {
      EXPECT_EQ(member(first, number), member(alone, number)) << number;
    }
    // The other measures nothing: the test part is read once, by the first.
    EXPECT_EQ(processes.results[0].values["test_readings"], 1);
    EXPECT_EQ(processes.results[1].headline, "the first process has the result");
    EXPECT_EQ(processes.results[1].metrics.size(), 0u);
  }
}

TEST(EnsembleTogether, TakesTheDiagnosedNetworkOnce) {
  Processes processes(2);
  for (auto& each : processes.all) each.project.ensemble.members = 5;
  processes.all[0].run("diagnose");
  const int before = processes.all[0].counts.fits;
  EXPECT_THAT(processes.run("ensemble"), Each(""));
  EXPECT_EQ(processes.all[0].counts.fits - before, 2) << "members 3 and 5";
  EXPECT_EQ(processes.all[1].counts.fits, 2) << "members 2 and 4";
  const auto diagnosed =
      read_file(processes.all[0].workspace_folder() / "diagnose" / "latest" / "model.safetensors");
  EXPECT_EQ(member(processes.all[0], 1), diagnosed);
  for (int number = 2; number <= 5; ++number) {
    EXPECT_NE(member(processes.all[0], number), diagnosed) << number;
  }
}

TEST(EnsembleTogether, TakesTheSettingsOfTheFirstOnesTrials) {
  Processes processes(2);
  auto tuned = artefact::Workspace(processes.all[0].workspace_folder()).new_run("tune");
  artefact::PhaseResult result;
  result.phase = "tune";
  result.values["trials"] = Json::parse(R"([
    {"number": 2, "state": "complete", "value": 1.0,
     "settings": {"training.learning_rate": "0.02"}},
    {"number": 1, "state": "complete", "value": 1.01,
     "settings": {"training.learning_rate": "0.03"}}])");
  tuned.finish(result);
  EXPECT_THAT(processes.run("ensemble"), Each(""));
  const double rates[] = {0.02, 0.03, 0.02};
  for (int number = 1; number <= 3; ++number) {  // the second is the other process's
    EXPECT_NEAR(Json::parse(member(processes.all[0], number)).at("error").get<double>(),
                std::log10(rates[number - 1]) + 2, 1e-9)
        << number;
  }
}

std::string beside_one_that_fails(PhaseOverFake& first) {
  return testing::beside_one_that_fails(first, "ensemble",
                                        Error(ExitStatus::kRuntime, "ensemble: member 2: disk full",
                                              "make room, then go on with --resume"));
}

TEST(EnsembleTogether, KeepsWhatTheFirstDidWhereAnotherFailsAndGoesOnAlone) {
  PhaseOverFake first;
  first.project.ensemble.members = 5;
  EXPECT_EQ(beside_one_that_fails(first),
            "error: process 1 of 2: ensemble: member 2: disk full (make room, then go on with "
            "--resume)");
  EXPECT_EQ(first.counts.fits, 3);
  first.resume = true;
  const auto result = first.run("ensemble");
  EXPECT_EQ(first.counts.fits, 5) << "those of the other alone";
  EXPECT_EQ(result.values["weights"].size(), 5u);
}

TEST(EnsembleTogether, StopsTheFirstOnceAnotherFails) {
  PhaseOverFake first;
  first.project.training.learning_rate = 0.5;  // goes on until it is stopped
  EXPECT_THAT(beside_one_that_fails(first), HasSubstr("process 1 of 2: ensemble: member 2"));
  EXPECT_EQ(first.counts.fits, 1);
}

TEST(EnsembleTogether, StopsAnotherOnceTheFirstFails) {
  Processes processes(2);
  processes.all[0].project.training.learning_rate = 60;  // finds the disk full
  processes.all[1].project.training.learning_rate = 0.5;
  const auto ends = testing::run_together(2, [&](JoinedGroup& group) {
    auto& own = processes.all[static_cast<std::size_t>(group.rank())];
    own.group = &group;
    try {
      own.run("ensemble");
    } catch (const Error& failure) {  // as the engine does
      if (!training::is_told_elsewhere(failure)) group.tell(failure);
      throw;
    }
  });
  EXPECT_EQ(ends[0], "error: No space left on device");
  EXPECT_EQ(ends[1], "told elsewhere");
}

}  // namespace
}  // namespace dlwork
