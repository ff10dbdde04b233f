// The real program: what only a process can show.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dlwork/base/machine.h"
#include "support/places.h"
#include "support/sanitized.h"

namespace dlwork {
namespace {

constexpr double kLimitSeconds = 0.050;
constexpr double kTolerance = testing::kSanitized ? 40 : 1;

std::string program() { return places::binary_folder() + "/bin/dlwork"; }

/// Runs the program with its output in `out` and gives its exit status.
int run_program(const std::vector<std::string>& args, const char* out) {
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(out, O_WRONLY);
    dup2(file, STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    const std::string path = program();
    std::vector<char*> argv{const_cast<char*>(path.c_str())};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class Answers : public ::testing::TestWithParam<std::string> {};

TEST_P(Answers, WithinFiftyMilliseconds) {
  std::vector<double> seconds;
  for (int i = 0; i < 6; ++i) {
    const double start = monotonic_seconds();
    ASSERT_EQ(run_program({GetParam()}, "/dev/null"), 0);
    if (i > 0) seconds.push_back(monotonic_seconds() - start);  // the first one warms the cache
  }
  std::sort(seconds.begin(), seconds.end());
  // What is not optimised is slow, but far from what loading LibTorch would add.
  const double tolerance = places::build_type() == "Debug" ? std::max(3.0, kTolerance) : kTolerance;
  EXPECT_LT(seconds[seconds.size() / 2], kLimitSeconds * tolerance);
}

INSTANTIATE_TEST_SUITE_P(Commands, Answers, ::testing::Values("--version", "--help", "schema"));

TEST(Program, TellsThatStandardOutputIsFull) {
  EXPECT_EQ(run_program({"schema"}, "/dev/full"), 4);
}

TEST(Program, RefusesAnUnknownCommand) {
  EXPECT_EQ(run_program({"statsu"}, "/dev/null"), 2);
}

}  // namespace
}  // namespace dlwork
