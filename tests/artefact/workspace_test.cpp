#include "dlwork/artefact/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "dlwork/base/files.h"
#include "support/small_disk.h"
#include "support/temporary_folder.h"

namespace dlwork::artefact {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class WorkspaceTest : public ::testing::Test {
 protected:
  PhaseResult result(const std::string& headline) {
    PhaseResult result;
    result.phase = "audit";
    result.headline = headline;
    return result;
  }
  fs::path finished_run(const std::string& phase, const std::string& headline) {
    RunFolder run = workspace_.new_run(phase);
    run.finish(result(headline));
    return run.path();
  }
  std::string error_of(const std::string& name) {
    try {
      workspace_.find_run(name);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kUsage);
      return error.what();
    }
    return "";
  }

  dlwork::testing::TemporaryFolder folder_;
  Workspace workspace_{folder_ / ".dlwork"};
};

TEST_F(WorkspaceTest, TouchesNothingUntilNeeded) {
  EXPECT_EQ(workspace_.latest("audit"), std::nullopt);
  EXPECT_TRUE(workspace_.states().empty());
  EXPECT_TRUE(workspace_.runs("audit").empty());
  EXPECT_FALSE(workspace_.unfinished_run("audit").has_value());
  EXPECT_THAT(error_of("latest"), HasSubstr("no phase has run in this workspace yet"));
  EXPECT_FALSE(fs::exists(workspace_.folder()));
  EXPECT_EQ(workspace_.cache_folder(), workspace_.folder() / "cache");
  EXPECT_EQ(read_file(workspace_.folder() / ".gitignore"), "*\n");
}

TEST_F(WorkspaceTest, LatestIsALinkToTheNewestFinishedRun) {
  const fs::path first = finished_run("audit", "first");
  const fs::path link = workspace_.folder() / "audit" / "latest";
  EXPECT_EQ(fs::read_symlink(link), first.filename());
  const fs::path second = finished_run("audit", "second");
  EXPECT_EQ(fs::read_symlink(link), second.filename());
  EXPECT_EQ(workspace_.latest("audit")->headline, "second");
  EXPECT_EQ(workspace_.latest_folder("audit"), second);
  workspace_.new_run("audit");
  EXPECT_EQ(workspace_.latest("audit")->headline, "second");
  EXPECT_EQ(workspace_.runs("audit").size(), 3u);
  EXPECT_EQ(workspace_.runs("audit").front(), first);
}

TEST_F(WorkspaceTest, LatestCopesWithALostRun) {
  const fs::path first = finished_run("audit", "first");
  const fs::path second = finished_run("audit", "second");
  fs::remove_all(second);
  EXPECT_EQ(workspace_.latest_folder("audit"), first);
  fs::remove(workspace_.folder() / "audit" / "latest");
  EXPECT_EQ(workspace_.latest("audit")->headline, "first");
}

TEST_F(WorkspaceTest, ADamagedResultIsAnErrorThatNamesTheFile) {
  const fs::path run = finished_run("audit", "first");
  write_file(run / "result.json", "{\"schema\": ");
  try {
    workspace_.latest("audit");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kInput);
    EXPECT_THAT(error.what(), HasSubstr((run / "result.json").string() + ":1:"));
  }
}

TEST_F(WorkspaceTest, OffersTheUnfinishedRunOnly) {
  finished_run("audit", "first");
  EXPECT_FALSE(workspace_.unfinished_run("audit").has_value());
  const RunFolder killed = workspace_.new_run("audit");
  ASSERT_TRUE(workspace_.unfinished_run("audit").has_value());
  EXPECT_EQ(workspace_.unfinished_run("audit")->id(), killed.id());
  EXPECT_EQ(workspace_.unfinished_run("audit")->phase(), "audit");
  finished_run("audit", "later");
  EXPECT_FALSE(workspace_.unfinished_run("audit").has_value());
}

TEST_F(WorkspaceTest, FindsRunsByEveryName) {
  const fs::path run = finished_run("audit", "first");
  const fs::path other = finished_run("tune", "other");
  const std::string id = run.filename();
  EXPECT_EQ(workspace_.find_run(id), run);
  EXPECT_EQ(workspace_.find_run("audit/" + id), run);
  EXPECT_EQ(workspace_.find_run("audit/latest"), run);
  EXPECT_EQ(workspace_.find_run("audit/20"), run);
  EXPECT_EQ(workspace_.find_run("tune/latest"), other);
  if (id.substr(16) != other.filename().string().substr(16)) {
    EXPECT_EQ(workspace_.find_run(id.substr(16)), run);
  }
}

TEST_F(WorkspaceTest, NamesTheRunsThereAre) {
  const std::string first = "audit/" + finished_run("audit", "a").filename().string();
  const std::string second = "tune/" + finished_run("tune", "b").filename().string();
  EXPECT_THAT(error_of("amber"),
              HasSubstr("no run is named 'amber' (there are " + first + " and " + second + ")"));
  EXPECT_THAT(error_of("2"), HasSubstr("several runs are named '2'"));
  EXPECT_THAT(error_of("../audit"), HasSubstr("no run is named"));
  EXPECT_THAT(error_of("test/latest"), HasSubstr("no run is named"));
  EXPECT_THAT(error_of(""), HasSubstr("no run is named"));
}

TEST_F(WorkspaceTest, LogsLinesAndStartsAfreshAfterHalfALine) {
  RunFolder run = workspace_.new_run("audit");
  run.log({{"event", "start"}});
  { std::ofstream(run.file("log.jsonl"), std::ios::app) << "{\"half"; }
  run.log({{"event", "again"}, {"loss", 0.5}});
  const std::string text = read_file(run.file("log.jsonl"));
  const size_t half = text.find("\n{\"half\n");
  ASSERT_NE(half, std::string::npos) << text;
  const Json last = parse_json(text.substr(half + 8), "log");
  EXPECT_EQ(last.at("event"), "again");
  EXPECT_EQ(last.at("loss"), 0.5);
  EXPECT_EQ(last.at("time").get<std::string>().size(), 20u);
}

TEST_F(WorkspaceTest, KeepsStatesOfAllPhases) {
  PhaseState state{"id-1",
                   "f00d",
                   {{"data", "1"}, {"data files", "2"}},
                   "warn",
                   "a headline",
                   "dlwork tune",
                   "2026-11-23T21:14:56Z",
                   0.1 + 0.2};
  workspace_.record("audit", state);
  workspace_.record("tune", {});
  const auto states = Workspace(workspace_.folder()).states();
  ASSERT_EQ(states.size(), 2u);
  const PhaseState& read = states.at("audit");
  EXPECT_EQ(read.run, state.run);
  EXPECT_EQ(read.fingerprint, state.fingerprint);
  EXPECT_EQ(read.inputs, state.inputs);
  EXPECT_EQ(read.verdict, state.verdict);
  EXPECT_EQ(read.headline, state.headline);
  EXPECT_EQ(read.next, state.next);
  EXPECT_EQ(read.finished, state.finished);
  EXPECT_EQ(read.seconds, state.seconds);
}

TEST_F(WorkspaceTest, CountsReadingsOfTheTestPartByData) {
  EXPECT_EQ(workspace_.count_test_reading("a"), 1);
  EXPECT_EQ(workspace_.count_test_reading("a"), 2);
  EXPECT_EQ(workspace_.count_test_reading("b"), 1);
  workspace_.record("audit", {});
  EXPECT_EQ(Workspace(workspace_.folder()).count_test_reading("a"), 3);
}

TEST_F(WorkspaceTest, ADamagedStateSaysWhatToDo) {
  workspace_.record("audit", {});
  for (const char* text : {"", "[]", "{\"schema\": \"dlwork/state/9\"}",
                           "{\"schema\": \"dlwork/state/1\", \"phases\": {\"audit\": 3}}"}) {
    write_file(workspace_.folder() / "state.json", text);
    try {
      workspace_.states();
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kInput);
      EXPECT_THAT(error.what(), HasSubstr("state.json"));
      EXPECT_THAT(error.what(), HasSubstr("delete the file"));
    }
  }
}

TEST_F(WorkspaceTest, AKilledProcessLeavesTheLastGoodState) {
  finished_run("audit", "good");
  PhaseState state;
  state.fingerprint = "f";
  workspace_.record("audit", state);
  const pid_t child = fork();
  if (child == 0) {
    RunFolder run = workspace_.new_run("audit");
    for (int i = 0;; ++i) {
      PhaseResult large = result("half " + std::to_string(i));
      large.values["ballast"] = std::string(200'000, 'x');
      write_file(run.file("result.json.part"), json_text(to_json(large)));
      state.run = std::to_string(i);
      workspace_.record("audit", state);
    }
  }
  usleep(100'000);
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(workspace_.latest("audit")->headline, "good");
  EXPECT_EQ(workspace_.states().at("audit").fingerprint, "f");  // whole, whichever it is
  EXPECT_TRUE(workspace_.unfinished_run("audit").has_value());
}

TEST_F(WorkspaceTest, AFullDiskKeepsWhatWasThere) {
  const dlwork::testing::SmallDisk disk("256k");
  if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
  Workspace small(disk.path() / ".dlwork");
  small.new_run("audit").finish(result("good"));
  RunFolder run = small.new_run("audit");
  PhaseResult large = result("too large");
  large.values["ballast"] = std::string(1 << 20, 'x');
  try {
    run.finish(large);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_THAT(error.what(), HasSubstr("No space left on device (free some space"));
  }
  EXPECT_EQ(small.latest("audit")->headline, "good");
  EXPECT_EQ(small.unfinished_run("audit")->id(), run.id());
  try {
    for (int i = 0; i < 1000; ++i) run.log({{"ballast", std::string(1000, 'x')}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kRuntime);
    EXPECT_THAT(error.what(), HasSubstr("log.jsonl: No space left on device"));
  }
}

TEST_F(WorkspaceTest, AFolderThatCannotBeWrittenIsNamed) {
  write_file(folder_ / "file", "in the way");
  for (const fs::path& place : {folder_ / "file", fs::path("/proc/dlwork")}) {
    Workspace workspace(place);
    EXPECT_EQ(workspace.latest("audit"), std::nullopt);
    try {
      workspace.new_run("audit");
      FAIL() << place;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::kRuntime);
      EXPECT_THAT(error.what(), HasSubstr("cannot make the folder " + place.string()));
    }
  }
}

}  // namespace
}  // namespace dlwork::artefact
