#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/harness.h"

namespace dlwork::cli {
namespace {

using artefact::Verdict;
using testing::Cli;
using testing::CliResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> all_phases() {
  std::vector<std::string> names;
  for (const auto& info : phase::phases()) names.emplace_back(info.name);
  return names;
}

struct RunAll : ::testing::Test {
  Cli cli;
  RunAll() { cli.write_project(); }
  CliResult again(const std::vector<std::string>& args) {
    cli.engine.ran.clear();
    cli.opened = 0;
    return cli.run(args);
  }
};

TEST_F(RunAll, RunsEveryPhaseInOrderAndWritesTheReport) {
  const CliResult result = cli.run({"run"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(cli.engine.ran, all_phases());
  EXPECT_THAT(result.out, HasSubstr("ensemble is done"));
  EXPECT_TRUE(result.out.ends_with("Report: .dlwork/report/index.html\n")) << result.out;
  EXPECT_TRUE(std::filesystem::exists(cli.path() / ".dlwork/report/index.html"));
  EXPECT_THAT(result.out, Not(HasSubstr("fake engine runs")));
  EXPECT_THAT(result.err, HasSubstr("fake engine runs audit\n"));
}

TEST_F(RunAll, DoesNothingTwiceAndDoesNotOpenTheEngine) {
  cli.run({"run"});
  const CliResult result = again({"run"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(cli.opened, 0);
  EXPECT_THAT(result.out, HasSubstr("audit: up to date (matches run 2"));
  EXPECT_THAT(result.out, HasSubstr("fingerprint "));
}

TEST_F(RunAll, RunsAgainWhatAChangedKeyTouches) {
  cli.run({"run"});
  const CliResult result = again({"run", "--set", "ensemble.members=4"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(cli.engine.ran, ElementsAre("ensemble"));
}

TEST_F(RunAll, RunsAgainWhatReadsAResultThatIsNew) {
  cli.run({"run"});
  again({"run", "--from", "tune", "--set", "tune.trials=3"});
  EXPECT_THAT(cli.engine.ran, ElementsAre("tune", "ensemble"));
}

TEST_F(RunAll, RunsAgainWhenTheDataChange) {
  cli.run({"run"});
  std::ofstream(cli.path() / "train.csv", std::ios::app) << "50,3,cat\n";
  again({"run"});
  EXPECT_EQ(cli.engine.ran.front(), "readiness");
}

TEST_F(RunAll, ForceRunsEverything) {
  cli.run({"run"});
  again({"run", "--force"});
  EXPECT_EQ(cli.engine.ran, all_phases());
  EXPECT_TRUE(cli.engine.options_seen.back().force);
}

TEST_F(RunAll, StopsAtAFailedGate) {
  cli.engine.verdicts["audit"] = Verdict::kFail;
  const CliResult result = cli.run({"run"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(cli.engine.ran, ElementsAre("readiness", "audit"));
  EXPECT_THAT(result.out, HasSubstr("Stopped: the gate of audit failed.\n"));
}

TEST_F(RunAll, ReportsAStoredFailureWithoutRunningAgain) {
  cli.engine.verdicts["audit"] = Verdict::kFail;
  cli.run({"run"});
  const CliResult result = again({"run"});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(cli.opened, 0);
  EXPECT_THAT(result.out, HasSubstr("audit: failed before and nothing has changed since"));
  EXPECT_THAT(result.out, HasSubstr("--force runs it again"));
}

TEST_F(RunAll, WarningsFailOnlyWhenAskedTo) {
  cli.engine.verdicts["analogy"] = Verdict::kWarn;
  EXPECT_EQ(cli.run({"run", "--to", "analogy"}).status, 0);
  EXPECT_EQ(cli.run({"run", "--to", "analogy", "--fail-on", "warn"}).status, 1);
  EXPECT_EQ(cli.run({"analogy", "--fail-on", "warn"}).status, 1);
  EXPECT_EQ(cli.run({"analogy", "--fail-on", "error"}).status, 0);
}

TEST_F(RunAll, DryRunTellsWhatWouldRunAndWhy) {
  cli.run({"run", "--to", "tune"});
  const CliResult result = again({"run", "--dry-run", "--json", "--set", "tune.trials=3"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(cli.opened, 0);
  const Json phases = Json::parse(result.out).at("phases");
  ASSERT_EQ(phases.size(), 8u);
  EXPECT_EQ(phases[0], (Json{{"phase", "readiness"}, {"run", false}, {"why", "up to date"}}));
  EXPECT_EQ(phases[6], (Json{{"phase", "tune"}, {"run", true}, {"why", "stale: tune changed"}}));
  EXPECT_EQ(phases[7], (Json{{"phase", "ensemble"}, {"run", true}, {"why", "never run"}}));
}

TEST_F(RunAll, DryRunFollowsWhatIsReadFromEarlierPhases) {
  cli.run({"run"});
  const Json phases =
      Json::parse(again({"run", "--dry-run", "--json", "--set", "tune.trials=3"}).out).at("phases");
  EXPECT_EQ(phases[7].at("why"), "reads the result of tune, which runs before it");
}

TEST_F(RunAll, GoesOnOnlyWithThePhaseThatWasStopped) {
  cli.run({"run", "--to", "analogy"});
  artefact::Workspace(cli.path() / ".dlwork").new_run("baseline");  // begun, never finished
  const CliResult result = again({"run", "--resume"});
  EXPECT_EQ(result.status, 0) << result.err;
  ASSERT_THAT(cli.engine.ran, ElementsAre("test", "baseline", "diagnose", "tune", "ensemble"));
  const auto& seen = cli.engine.options_seen;
  EXPECT_FALSE(seen[seen.size() - 5].resume);
  EXPECT_TRUE(seen[seen.size() - 4].resume);
  EXPECT_FALSE(seen[seen.size() - 3].resume);
}

TEST_F(RunAll, StopsBetweenPhasesWhenAsked) {
  cli.stop.request();
  const CliResult result = cli.run({"run"});
  EXPECT_EQ(result.status, 130);
  EXPECT_EQ(cli.opened, 0);
}

TEST_F(RunAll, RefusesPhasesInTheWrongOrder) {
  EXPECT_THAT(cli.run({"run", "--from", "tune", "--to", "audit"}).err,
              HasSubstr("--from tune comes after --to audit"));
  EXPECT_THAT(cli.run({"run", "--from", "audti"}).err,
              HasSubstr("unknown phase 'audti' (did you mean 'audit'?)"));
}

TEST_F(RunAll, PrintsOneDocumentAndWritesTheOtherReadersFiles) {
  const CliResult result = cli.run({"run", "--json", "--junit", "out.xml", "--markdown", "out.md"});
  const Json document = Json::parse(result.out);
  EXPECT_EQ(document.at("schema"), "dlwork/run/1");
  EXPECT_EQ(document.at("phases").size(), 8u);
  EXPECT_EQ(document["phases"][7]["state"], "ran");
  EXPECT_EQ(document["phases"][7]["result"]["schema"], "dlwork/result/1");
  EXPECT_THAT(read_file(cli.path() / "out.xml"), HasSubstr("<testsuite"));
  EXPECT_THAT(read_file(cli.path() / "out.md"), HasSubstr("pets"));
}

TEST_F(RunAll, ASinglePhaseAlwaysRuns) {
  cli.run({"audit"});
  cli.run({"audit"});
  EXPECT_THAT(cli.engine.ran, ElementsAre("audit", "audit"));
}

TEST_F(RunAll, PassesOnWhereAndHowToRun) {
  cli.run({"baseline", "--device", "cuda:1", "--threads", "3", "--resume", "--seed", "7"});
  const phase::EngineOptions& options = cli.engine.options_seen.back();
  EXPECT_EQ(options.device, "cuda:1");
  EXPECT_EQ(options.threads, 3);
  EXPECT_TRUE(options.resume);
  EXPECT_EQ(options.command.front(), "dlwork");
  EXPECT_EQ(artefact::Workspace(cli.path() / ".dlwork").latest("baseline")->record.at("seed"), 7);
}

TEST_F(RunAll, StatusTellsEachPhasesStateAndTheNextStep) {
  EXPECT_THAT(cli.run({"status"}).out, HasSubstr("Next: dlwork readiness - it has not run yet\n"));
  cli.engine.verdicts["analogy"] = Verdict::kFail;
  cli.run({"run"});
  const CliResult stale =
      again({"status", "--json", "--set", "accept=[]", "--set", "readiness.rows=50"});
  const Json document = Json::parse(stale.out);
  EXPECT_EQ(document["phases"][0]["state"], "stale");
  EXPECT_EQ(document["phases"][0]["changed"], Json({"readiness"}));
  EXPECT_EQ(document["phases"][1]["state"], "up to date");
  EXPECT_EQ(document["phases"][2]["state"], "failed");
  EXPECT_EQ(document["phases"][3]["state"], "never run");
  EXPECT_EQ(document["next"]["command"], "dlwork readiness");
  EXPECT_EQ(cli.opened, 0);
  EXPECT_THAT(again({"status"}).out,
              HasSubstr("Next: dlwork next-after-analogy - analogy failed: analogy is done\n"));
}

TEST_F(RunAll, ForgetsAResultThatWasDeleted) {
  cli.run({"run"});
  std::filesystem::remove_all(cli.path() / ".dlwork" / "test");
  EXPECT_THAT(cli.run({"status"}).out, HasSubstr("Next: dlwork test - it has not run yet\n"));
}

TEST_F(RunAll, AnnotatesInGithubActions) {
  cli.engine.verdicts["audit"] = Verdict::kPass;
  setenv("GITHUB_ACTIONS", "true", 1);
  const CliResult result = cli.run({"audit"});
  unsetenv("GITHUB_ACTIONS");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "fake engine runs audit\n");  // no finding, so nothing to annotate
}

}  // namespace
}  // namespace dlwork::cli
