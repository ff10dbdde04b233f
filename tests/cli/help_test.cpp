#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/harness.h"
#include "cli/options.h"
#include "dlwork/spec/project.h"

namespace dlwork::cli {
namespace {

using testing::Cli;
using testing::CliResult;
using ::testing::HasSubstr;

class HelpOf : public ::testing::TestWithParam<std::string> {};

TEST_P(HelpOf, ListsItsOptionsExamplesAndExitStatuses) {
  Cli cli;
  const CliResult result = cli.run({GetParam(), "--help"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, HasSubstr("Usage: dlwork " + GetParam()));
  for (const OptionInfo& info : options()) {
    const bool listed = result.out.find("--" + std::string(info.name)) != std::string::npos;
    EXPECT_TRUE(listed || !info.applies_to(GetParam())) << info.name;
  }
  EXPECT_THAT(result.out, HasSubstr("\nExamples:\n  "));
  EXPECT_THAT(result.out, HasSubstr("130 "));
  EXPECT_EQ(cli.run({"help", GetParam()}).out, result.out);
  EXPECT_EQ(cli.opened, 0);
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const CommandInfo& info : commands()) names.push_back(info.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Commands, HelpOf, ::testing::ValuesIn(command_names()),
                         [](const auto& made) { return made.param; });

TEST(Help, ListsEveryCommandWithinTheWidth) {
  Cli cli;
  const CliResult result = cli.run({"--help"});
  EXPECT_EQ(result.status, 0);
  for (const CommandInfo& info : commands()) {
    EXPECT_THAT(result.out, HasSubstr("\n  " + info.name + " "));
  }
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Help, TheAnalogyShownIsOneOfTheCatalogue) {
  Cli cli;
  const std::string text = cli.run({"analogy", "--help"}).out;
  const std::string option = "dlwork analogy --choose ";
  const std::size_t at = text.find(option);
  ASSERT_NE(at, std::string::npos) << text;
  const std::size_t begin = at + option.size();
  const std::string id = text.substr(begin, text.find('\n', begin) - begin);
  const auto& known = spec::analogies();
  EXPECT_TRUE(std::any_of(known.begin(), known.end(), [&](const spec::Analogy& analogy) {
    return analogy.id == id;
  })) << id;
}

TEST(Help, TellsTheNearestCommand) {
  Cli cli;
  const CliResult result = cli.run({"help", "rnu"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("unknown command 'rnu' (did you mean 'run'?)"));
}

TEST(Version, NamesTheCommitAndLibtorchWithoutTheEngine) {
  Cli cli;
  const CliResult result = cli.run({"--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, ::testing::MatchesRegex(
                              "dlwork [0-9.]+ \\(commit [^)]+\\)\nbuilt with LibTorch [0-9][^,]*, "
                              "BLAS [^,]+, oneDNN [^,]+, CUDA [^,]+\n"));
  EXPECT_EQ(cli.opened, 0);
  EXPECT_EQ(Json::parse(cli.run({"--version", "--json"}).out).at("schema"), "dlwork/version/1");
}

}  // namespace
}  // namespace dlwork::cli
