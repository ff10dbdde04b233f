#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "cli/harness.h"
#include "cli/options.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

using testing::Cli;
using testing::CliResult;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a shell command prints.
std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  char bytes[4096];
  while (size_t count = fread(bytes, 1, sizeof bytes, pipe)) text.append(bytes, count);
  pclose(pipe);
  return text;
}

bool is_installed(const std::string& shell) { return !output_of("command -v " + shell).empty(); }

class CompletionScript : public ::testing::TestWithParam<std::string> {};

TEST_P(CompletionScript, NamesEverythingAndItsShellAcceptsIt) {
  Cli cli;
  const CliResult result = cli.run({"completion", GetParam()});
  ASSERT_EQ(result.status, 0) << result.err;
  for (const CommandInfo& info : commands()) EXPECT_THAT(result.out, HasSubstr(info.name));
  for (const OptionInfo& info : options()) {
    EXPECT_THAT(result.out, HasSubstr(std::string(info.name)));
  }
  EXPECT_THAT(result.out, HasSubstr("training.learning_rate"));
  EXPECT_THAT(result.out, HasSubstr("goal-missing"));
  EXPECT_THAT(result.out, HasSubstr("dlwork completion runs"));
  EXPECT_THAT(result.out, Not(HasSubstr("cuda:*")));
  if (!is_installed(GetParam())) GTEST_SKIP() << GetParam() << " is not installed";
  cli.write("script", result.out);
  EXPECT_EQ(output_of(GetParam() + " -n script 2>&1"), "");
}

INSTANTIATE_TEST_SUITE_P(Shells, CompletionScript, ::testing::Values("bash", "zsh", "fish"),
                         [](const auto& made) { return made.param; });

/// What bash offers for a line, by the generated script.
std::vector<std::string> offered(Cli& cli, const std::vector<std::string>& words) {
  cli.write("script", cli.run({"completion", "bash"}).out);
  std::string line = "bash --norc -c 'source ./script; compopt() { :; }; COMP_WORDS=(dlwork";
  for (const std::string& word : words) line += " \"" + word + "\"";
  line += "); COMP_CWORD=" + std::to_string(words.size()) +
          "; _dlwork; printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
  return split(trim(output_of(line)), '\n');
}

TEST(BashCompletion, OffersWhatFits) {
  Cli cli;
  EXPECT_THAT(offered(cli, {"au"}), ::testing::ElementsAre("audit"));
  EXPECT_THAT(offered(cli, {"run", "--from", ""}), Contains("baseline"));
  EXPECT_THAT(offered(cli, {"run", "--dr"}), ::testing::ElementsAre("--dry-run"));
  EXPECT_THAT(offered(cli, {"audit", "--set", "training.ep"}),
              ::testing::ElementsAre("training.epochs="));
  EXPECT_THAT(offered(cli, {"--project", "x.yaml", "run", "--fail-on", ""}),
              ::testing::ElementsAre("warn", "error"));
  EXPECT_THAT(offered(cli, {"explain", "goal-mi"}), ::testing::ElementsAre("goal-missing"));
  EXPECT_THAT(offered(cli, {"schema", "--"}), Not(Contains("--junit")));
}

TEST(Completion, ListsTheRunsOfTheProject) {
  Cli cli;
  cli.write_project();
  cli.run({"audit"});
  const CliResult result = cli.run({"completion", "runs"});
  EXPECT_THAT(result.out, ::testing::StartsWith("audit/latest\n2"));
}

TEST(Completion, RefusesAnUnknownShell) {
  Cli cli;
  const CliResult result = cli.run({"completion", "bsh"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("unknown shell 'bsh' (did you mean 'bash'?)"));
}

}  // namespace
}  // namespace dlwork::cli
