#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/harness.h"

namespace dlwork::cli {
namespace {

using testing::Cli;
using testing::CliResult;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ErrorDisplay, ShowsTheLineAndMarksThePlace) {
  Cli cli;
  cli.write("project.yaml",
            "dlwork: 1\ndata:\n  train: train.csv\ntraining:\n  learnig_rate: 0.01\n");
  const CliResult result = cli.run({"status"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, StartsWith("project.yaml:5:3: error: "));
  EXPECT_THAT(result.err, HasSubstr("learning_rate"));
  EXPECT_THAT(result.err, HasSubstr("\n   5 |   learnig_rate: 0.01\n     |   ^^^^^^^^^^^^\n"));
}

TEST(ErrorDisplay, CountsSeveral) {
  Cli cli;
  cli.write("project.yaml",
            "dlwork: 1\ndata:\n  train: train.csv\ntraining:\n  epoch: 1\n  batch_size: lots\n");
  const CliResult result = cli.run({"status"});
  EXPECT_THAT(result.err, HasSubstr("project.yaml:5:3: error: "));
  EXPECT_THAT(result.err, HasSubstr("project.yaml:6:15: error: "));
  EXPECT_TRUE(result.err.ends_with("\n2 errors\n")) << result.err;
}

TEST(ErrorDisplay, PointsIntoASetThatHasNoEquals) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"status", "--set", "seed=2", "--set", "training.epochs"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err,
            "--set #2:1:16: error: 'training.epochs' has no '=' (write --set key.path=value)\n"
            "   1 | training.epochs\n"
            "     |                ^\n");
}

TEST(ErrorDisplay, PointsIntoASetWithAnUnknownKey) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"status", "--set", "training.epoch=3"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--set #1"));
  EXPECT_THAT(result.err, HasSubstr("training.epochs"));
}

TEST(ErrorDisplay, PointsIntoASetWithAWrongValue) {
  Cli cli;
  cli.write_project();
  const CliResult result = cli.run({"status", "--set", "training.epochs=many"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--set #1"));
  EXPECT_THAT(result.err, HasSubstr("training.epochs"));
}

TEST(ErrorDisplay, IsOneJsonDocumentWithJson) {
  Cli cli;
  const CliResult result = cli.run({"status", "--json"});
  EXPECT_EQ(result.status, 2);
  const Json document = Json::parse(result.out);
  EXPECT_EQ(document.at("schema"), "dlwork/error/1");
  EXPECT_EQ(document.at("status"), 2);
  ASSERT_EQ(document.at("diagnostics").size(), 1u);
  EXPECT_THAT(document["diagnostics"][0]["message"].get<std::string>(),
              HasSubstr("there is no project.yaml"));
  EXPECT_THAT(result.err, HasSubstr("there is no project.yaml"));
}

TEST(ErrorDisplay, IsJsonForALineThatCannotBeParsed) {
  Cli cli;
  const CliResult result = cli.run({"statsu", "--json"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(Json::parse(result.out).at("diagnostics")[0].at("hint"), "did you mean 'status'?");
}

class StatusOfError : public ::testing::TestWithParam<ExitStatus> {};

TEST_P(StatusOfError, IsTheExitStatus) {
  Cli cli;
  cli.write_project();
  Error failure(GetParam(), "the reason", "the way out");
  cli.engine.failure = &failure;
  const CliResult result = cli.run({"audit"});
  EXPECT_EQ(result.status, static_cast<int>(GetParam()));
  EXPECT_EQ(result.err, "error: the reason (the way out)\n");
  EXPECT_EQ(result.out, "");
}

INSTANTIATE_TEST_SUITE_P(All, StatusOfError,
                         ::testing::Values(ExitStatus::kUsage, ExitStatus::kInput,
                                           ExitStatus::kRuntime, ExitStatus::kBusy,
                                           ExitStatus::kInterrupted));

TEST(Colour, FollowsTheTerminalAndTheEnvironment) {
  Cli cli;
  const std::string escape = "\x1b[";
  EXPECT_THAT(cli.run({"status"}).err, Not(HasSubstr(escape)));
  cli.terminal = true;
  EXPECT_THAT(cli.run({"status"}).err, HasSubstr(escape));
  EXPECT_THAT(cli.run({"status", "--color", "never"}).err, Not(HasSubstr(escape)));
  setenv("TERM", "dumb", 1);
  EXPECT_THAT(cli.run({"status"}).err, Not(HasSubstr(escape)));
  setenv("TERM", "xterm", 1);
  setenv("NO_COLOR", "1", 1);
  EXPECT_THAT(cli.run({"status"}).err, Not(HasSubstr(escape)));
  EXPECT_THAT(cli.run({"status", "--color=always"}).err, HasSubstr(escape));
  unsetenv("NO_COLOR");
  cli.terminal = false;
  setenv("CLICOLOR_FORCE", "1", 1);
  EXPECT_THAT(cli.run({"status"}).err, HasSubstr(escape));
  unsetenv("CLICOLOR_FORCE");
}

TEST(Program, WithoutACommandIsAUsageError) {
  Cli cli;
  EXPECT_EQ(cli.run({}).status, 2);
}

TEST(Program, RefusesAProjectThatIsNotThere) {
  Cli cli;
  const CliResult result = cli.run({"run", "-p", "nowhere.yaml"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err,
            "nowhere.yaml: error: there is no such project file (make one with `dlwork init`)\n");
}

TEST(Program, FindsTheProjectInAParentFolder) {
  Cli cli;
  cli.write_project();
  std::filesystem::create_directories(cli.path() / "a" / "b");
  std::filesystem::current_path(cli.path() / "a" / "b");
  const CliResult result = cli.run({"status"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("pets"));
}

TEST(Program, RefusesNumbersOutOfRange) {
  Cli cli;
  cli.write_project();
  EXPECT_THAT(cli.run({"audit", "--threads", "0"}).err,
              HasSubstr("--threads: '0' is no whole number of 1 or more"));
  EXPECT_THAT(cli.run({"audit", "--seed", "x"}).err, HasSubstr("--seed: 'x' is no whole number"));
}

}  // namespace
}  // namespace dlwork::cli
