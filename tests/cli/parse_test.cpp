#include "cli/invocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/options.h"
#include "dlwork/base/error.h"

namespace dlwork::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Error error_of(const std::vector<std::string>& args) {
  try {
    parse(args);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ExitStatus::kOk, "");
}

TEST(Parse, TakesOptionsBeforeAndAfterTheCommand) {
  const Invocation line = parse({"-p", "a.yaml", "run", "--from", "audit", "--json"});
  EXPECT_EQ(line.command, "run");
  EXPECT_THAT(line.values.at("project"), ElementsAre("a.yaml"));
  EXPECT_THAT(line.values.at("from"), ElementsAre("audit"));
  EXPECT_TRUE(line.has("json"));
  EXPECT_FALSE(line.has("quiet"));
  EXPECT_THAT(line.line, ElementsAre("dlwork", "-p", "a.yaml", "run", "--from", "audit", "--json"));
}

TEST(Parse, KeepsEverySetInOrder) {
  const Invocation line = parse({"audit", "--set", "seed=2", "--set=goal.target=-0.5"});
  EXPECT_THAT(line.values.at("set"), ElementsAre("seed=2", "goal.target=-0.5"));
}

TEST(Parse, TakesCommandNamesAsArguments) {
  EXPECT_THAT(parse({"init", "test"}).arguments, ElementsAre("test"));
  EXPECT_THAT(parse({"compare", "run", "test", "audit"}).arguments,
              ElementsAre("run", "test", "audit"));
}

TEST(Parse, NamesTheNearestCommand) {
  const Error error = error_of({"ensmble"});
  EXPECT_EQ(error.status(), ExitStatus::kUsage);
  EXPECT_EQ(error.diagnostics()[0].message, "unknown command 'ensmble'");
  EXPECT_EQ(error.diagnostics()[0].hint, "did you mean 'ensemble'?");
}

TEST(Parse, NamesTheNearestOption) {
  const Error error = error_of({"audit", "--thread", "2"});
  EXPECT_EQ(error.diagnostics()[0].message, "unknown option '--thread'");
  EXPECT_EQ(error.diagnostics()[0].hint, "did you mean '--threads'?");
}

TEST(Parse, RefusesAnOptionOfAnotherCommand) {
  const Error error = error_of({"schema", "--junit", "x.xml"});
  EXPECT_EQ(error.diagnostics()[0].message, "--junit has no meaning for 'schema'");
  EXPECT_THAT(error.diagnostics()[0].hint, HasSubstr("run"));
}

TEST(Parse, RefusesAMissingValue) {
  const Error error = error_of({"run", "--from"});
  EXPECT_EQ(error.diagnostics()[0].message, "--from needs a value");
  EXPECT_EQ(error.diagnostics()[0].hint, "write --from PHASE");
}

TEST(Parse, RefusesAValueThatIsNotOneOfTheWords) {
  const Error error = error_of({"run", "--fail-on", "wran"});
  EXPECT_EQ(error.diagnostics()[0].message, "--fail-on: unknown value 'wran'");
  EXPECT_THAT(error.diagnostics()[0].hint, HasSubstr("did you mean 'warn'?"));
}

TEST(Parse, RefusesAnOptionGivenTwice) {
  EXPECT_EQ(error_of({"run", "--to", "audit", "--to", "tune"}).diagnostics()[0].message,
            "--to is given 2 times");
}

TEST(Parse, CountsArguments) {
  EXPECT_THAT(error_of({"compare", "one"}).what(), HasSubstr("needs more arguments: RUN RUN..."));
  EXPECT_THAT(error_of({"status", "now"}).what(), HasSubstr("'status' takes no argument 'now'"));
  EXPECT_THAT(error_of({"explain", "a", "b"}).what(), HasSubstr("takes no argument 'b'"));
}

TEST(Options, EachBelongsToACommandThatExists) {
  for (const OptionInfo& info : options()) {
    for (const std::string& word : words_of(info.commands)) {
      EXPECT_TRUE(word == "*" || word == "phases" || find_command(word) != nullptr)
          << info.name << ": " << word;
    }
  }
}

TEST(Options, HaveDifferentNamesAndLetters) {
  std::map<std::string, int> seen;
  for (const OptionInfo& info : options()) {
    EXPECT_EQ(++seen[std::string(info.name)], 1) << info.name;
    if (info.letter == 0) continue;
    EXPECT_EQ(++seen[std::string(1, info.letter)], 1) << info.letter;
  }
}

}  // namespace
}  // namespace dlwork::cli
