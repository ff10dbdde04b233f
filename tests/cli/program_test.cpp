// The real program: what only a process can show.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "support/places.h"
#include "support/sanitized.h"
#include "support/temporary_folder.h"

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

/// Whether LibTorch is loaded for this command, as the loader says; whatever the command's status.
bool loads_libtorch(const std::vector<std::string>& args) {
  const testing::TemporaryFolder folder;
  setenv("LD_DEBUG", "files", 1);
  setenv("LD_DEBUG_OUTPUT", (folder / "loaded").c_str(), 1);
  const int status = run_program(args, "/dev/null");
  unsetenv("LD_DEBUG");
  unsetenv("LD_DEBUG_OUTPUT");
  EXPECT_LE(status, 1) << args.front();  // 1: a gate, which is not what is asked
  std::string said;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    said += read_file(file.path());
  }
  EXPECT_NE(said.find("libdlwork_core"), std::string::npos) << "the loader says nothing";
  return said.find("libtorch") != std::string::npos;
}

TEST(Program, LoadsLibTorchForThatWhichNeedsTensorsAlone) {
  const testing::TemporaryFolder folder;
  std::string rows = "a,b,y\n";
  for (int i = 0; i < 60; ++i) {
    rows += std::to_string(i) + "," + std::to_string(i * i % 7) + (i % 2 ? ",yes\n" : ",no\n");
  }
  write_file(folder / "train.csv", rows);
  const std::string data = (folder / "train.csv").string(), path = folder.path().string();
  const std::string project = (folder / "project.yaml").string();
  EXPECT_FALSE(loads_libtorch({"init", path, "--data", data, "--target", "y", "--force"}));
  EXPECT_FALSE(loads_libtorch({"status", "-p", project}));
  EXPECT_TRUE(loads_libtorch({"readiness", "-p", project}));
  EXPECT_FALSE(loads_libtorch({"status", "-p", project}));
  EXPECT_FALSE(loads_libtorch({"report", "-p", project}));
}

TEST(Program, TellsThatStandardOutputIsFull) { EXPECT_EQ(run_program({"schema"}, "/dev/full"), 4); }

TEST(Program, RefusesAnUnknownCommand) { EXPECT_EQ(run_program({"statsu"}, "/dev/null"), 2); }

/// `dlwork report --serve` over a project of its own, with what it prints.
class ServedReport : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "train.csv", "a,y\n1,yes\n2,no\n");
    write_file(folder_ / "project.yaml",
               "dlwork: 1\nname: pets\ngoal: {metric: accuracy, target: 0.9}\n"
               "data: {train: train.csv, target: y}\ntask: classification\n");
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      const std::string path = program(), project = (folder_ / "project.yaml").string();
      execl(path.c_str(), path.c_str(), "report", "--serve", "--port", "0", "-p", project.c_str(),
            nullptr);
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
  }
  void TearDown() override {
    if (child_ > 0) kill(child_, SIGKILL);
    if (out_ != nullptr) fclose(out_);
  }

  std::string line() {
    char buffer[4096];
    return fgets(buffer, sizeof buffer, out_) == nullptr ? "" : buffer;
  }

  /// All that the server on this machine answers to a request for `path`.
  static std::string get(int port, const std::string& path) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string request =
        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n";
    EXPECT_EQ(send(descriptor, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    char buffer[4096];
    for (ssize_t count; (count = recv(descriptor, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(count));
    }
    close(descriptor);
    return answer;
  }

  void serves_until(int signal) {
    const std::string page_file = line();
    ASSERT_TRUE(page_file.ends_with("\n"));
    EXPECT_TRUE(std::filesystem::equivalent(page_file.substr(0, page_file.size() - 1),
                                            folder_ / ".dlwork/report/index.html"))
        << page_file;
    const std::string address = line();
    std::smatch found;
    ASSERT_TRUE(std::regex_match(
        address, found, std::regex("http://127\\.0\\.0\\.1:([0-9]+)/ \\(Ctrl-C ends it\\)\n")))
        << address;
    const std::string page = get(std::stoi(found[1]), "/");
    EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK\r\n")) << page.substr(0, 200);
    EXPECT_NE(page.find("<title>pets - dlwork report</title>"), std::string::npos);
    EXPECT_NE(page.find("new EventSource(\"/events\")"), std::string::npos) << "it follows";
    ASSERT_EQ(kill(child_, signal), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child_, &status, 0), child_);
    child_ = 0;
    ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0) << "being stopped is how serving ends";
    EXPECT_EQ(line(), "") << "nothing else is printed";
  }

  testing::TemporaryFolder folder_;
  pid_t child_ = 0;
  FILE* out_ = nullptr;
};

TEST_F(ServedReport, IsServedUntilCtrlC) { serves_until(SIGINT); }
TEST_F(ServedReport, IsServedUntilTermination) { serves_until(SIGTERM); }

}  // namespace
}  // namespace dlwork
