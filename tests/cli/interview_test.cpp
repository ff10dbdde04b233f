#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "dlwork/spec/questions.h"
#include "harness.h"

namespace dlwork {
namespace {

using testing::Cli;
using testing::CliResult;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProject[] =
    "dlwork: 1\n"
    "# What it is about.\n"
    "name: pets\n"
    "goal:\n"
    "  metric: accuracy  # of the species\n"
    "data: {train: pets.csv, target: kind}\n"
    "readiness:\n"
    "  answers:\n"
    "    why_network: It is asked for.\n";

/// Every question but why_network answered "As before: fine", the goal's by these.
std::string typed(const std::string& target, const std::string& budget) {
  std::string text = target + budget;
  for (std::size_t i = 1; i < spec::questions().size(); ++i) text += "As before: fine\n";
  return text;
}

TEST(Interview, AsksWhatIsOpenAndKeepsComments) {
  Cli cli;
  cli.write("pets.csv", "size,weight,kind\n1,2,a\n");
  cli.write("project.yaml", kProject);
  const CliResult result = cli.run({"readiness", "--ask"}, typed("0.9\n", "20min\n"));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("13 questions"));
  EXPECT_THAT(result.err, Not(HasSubstr(spec::questions().front().text)));  // has its answer
  const std::string text = read_file(cli.path() / "project.yaml");
  EXPECT_THAT(text, HasSubstr("# What it is about."));
  EXPECT_THAT(text, HasSubstr("# of the species"));
  const auto project = spec::load_project((cli.path() / "project.yaml").string(), {});
  EXPECT_EQ(project.goal.target, 0.9);
  EXPECT_EQ(project.goal.budget.time.seconds, 1200);
  EXPECT_EQ(project.readiness.answers.size(), spec::questions().size());
  EXPECT_EQ(project.readiness.answers.at("compute"), "As before: fine");
  EXPECT_EQ(project.readiness.answers.at("why_network"), "It is asked for.");
  EXPECT_EQ(cli.engine.ran, (std::vector<std::string>{"readiness"}));
  const CliResult again = cli.run({"readiness", "--ask"}, "\n");
  EXPECT_THAT(again.err, HasSubstr("Every question has its answer"));
}

TEST(Interview, AsksAgainAfterAWrongValueAndLeavesOpenWhatIsNotAnswered) {
  Cli cli;
  cli.write("pets.csv", "size,weight,kind\n1,2,a\n");
  cli.write("project.yaml", kProject);
  const CliResult result = cli.run({"readiness", "--ask"}, typed("high\n0.7 # good\n0.8\n", "\n"));
  EXPECT_THAT(result.err, HasSubstr("goal.target"));
  const auto project = spec::load_project((cli.path() / "project.yaml").string(), {});
  EXPECT_EQ(project.goal.target, 0.8);
  EXPECT_EQ(project.goal.budget.time.seconds, 0);
}

TEST(Interview, LeavesAFileThatCanBeReadWhateverIsTyped) {
  Cli cli;
  cli.write("pets.csv", "size,weight,kind\n1,2,a\n");
  cli.write("project.yaml", kProject);
  std::string answers = "0.9\n20min\n";
  for (const char* answer : {"null", "- a: [b", "'", "yes: no # really", "~"}) {
    answers += std::string(answer) + "\nplain\n";
  }
  cli.run({"readiness", "--ask"}, answers);
  const auto project = spec::load_project((cli.path() / "project.yaml").string(), {});
  EXPECT_GT(project.readiness.answers.size(), 5u);
}

/// A keyboard on which nobody types.
class Keyboard {
 public:
  Keyboard() { EXPECT_EQ(::pipe(ends_), 0); }
  ~Keyboard() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  int descriptor() const { return ends_[0]; }
  void press() const { EXPECT_EQ(::write(ends_[1], "\n", 1), 1); }

 private:
  int ends_[2] = {-1, -1};
};

TEST(Interview, AStopEndsTheWaitForAnAnswer) {
  Cli cli;
  const Keyboard keyboard;
  cli.in_descriptor = keyboard.descriptor();
  cli.write("pets.csv", "size,weight,kind\n1,2,a\n");
  std::thread stopping([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cli.stop.request();
  });
  const CliResult init = cli.run({"init"}, "weight\n");
  stopping.join();
  EXPECT_EQ(init.status, 130);
  EXPECT_THAT(init.err, HasSubstr("Which column is to be learned?"));
  EXPECT_THAT(init.err, HasSubstr("stopped while asking; nothing more was written"));
  EXPECT_FALSE(std::filesystem::exists(cli.path() / "project.yaml"));
  cli.write("project.yaml", kProject);
  EXPECT_EQ(cli.run({"readiness", "--ask"}, "0.9\n").status, 130);
  EXPECT_EQ(read_file(cli.path() / "project.yaml"), kProject);
  EXPECT_TRUE(cli.engine.ran.empty());
}

TEST(Interview, WhatIsTypedEndsTheWait) {
  Cli cli;
  const Keyboard keyboard;
  keyboard.press();
  cli.in_descriptor = keyboard.descriptor();
  cli.write("pets.csv", "size,weight,kind\n1,2,a\n");
  EXPECT_EQ(cli.run({"init"}, "weight\n").status, 0);
  EXPECT_THAT(read_file(cli.path() / "project.yaml"), HasSubstr("target: weight"));
}

TEST(Interview, NeedsATerminal) {
  Cli cli;
  cli.write("pets.csv", "size,weight,kind\n1,2,a\n");
  cli.write("project.yaml", kProject);
  const CliResult result = cli.run({"readiness", "--ask"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--ask needs a terminal"));
  EXPECT_EQ(read_file(cli.path() / "project.yaml"), kProject);
  EXPECT_TRUE(cli.engine.ran.empty());
}

}  // namespace
}  // namespace dlwork
