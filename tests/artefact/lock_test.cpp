#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "dlwork/artefact/workspace.h"
#include "dlwork/base/files.h"
#include "support/temporary_folder.h"

namespace dlwork::artefact {
namespace {

using ::testing::HasSubstr;

/// A process of its own that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& folder) {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      Workspace workspace(folder);
      const auto lock = workspace.lock("dlwork tune");
      if (write(ready[1], "x", 1) != 1) _exit(1);
      for (;;) pause();
    }
    close(ready[1]);
    char signal = 0;
    held_ = read(ready[0], &signal, 1) == 1;
    close(ready[0]);
  }
  ~Holder() { end(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }
  bool held() const { return held_; }

 private:
  pid_t pid_ = 0;
  bool held_ = false;
};

class LockTest : public ::testing::Test {
 protected:
  dlwork::testing::TemporaryFolder folder_;
  Workspace workspace_{folder_ / ".dlwork"};
  std::filesystem::path file_ = folder_ / ".dlwork/lock";
};

TEST_F(LockTest, IsHeldAndLetGo) {
  {
    const auto lock = workspace_.lock("dlwork audit");
    EXPECT_EQ(lock->notice(), "");
    const Json json = parse_json(read_file(file_), "lock");
    EXPECT_EQ(json.at("pid"), getpid());
    EXPECT_EQ(json.at("command"), "dlwork audit");
    EXPECT_THROW(workspace_.lock("dlwork tune"), Error);
  }
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(workspace_.lock("dlwork tune")->notice(), "");
}

TEST_F(LockTest, ALiveProcessIsNamed) {
  const Holder holder(workspace_.folder());
  ASSERT_TRUE(holder.held());
  try {
    workspace_.lock("dlwork audit");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kBusy);
    const std::string pid = std::to_string(holder.pid());
    EXPECT_THAT(error.what(), HasSubstr("process " + pid + " (dlwork tune) is using " +
                                        workspace_.folder().string()));
    EXPECT_THAT(error.what(), HasSubstr("kill " + pid));
  }
}

TEST_F(LockTest, ADeadProcessIsTakenOverFrom) {
  Holder holder(workspace_.folder());
  ASSERT_TRUE(holder.held());
  const std::string pid = std::to_string(holder.pid());
  holder.end();
  EXPECT_TRUE(std::filesystem::exists(file_));
  const auto lock = workspace_.lock("dlwork audit");
  EXPECT_EQ(lock->notice(), "process " + pid + " (dlwork tune) died while it held the workspace");
  EXPECT_EQ(parse_json(read_file(file_), "lock").at("pid"), getpid());
}

TEST_F(LockTest, WhatADeadProcessLeftHalfWrittenIsRemoved) {
  Holder holder(workspace_.folder());
  ASSERT_TRUE(holder.held());
  const std::string end = ".tmp." + std::to_string(holder.pid());
  const auto cache = workspace_.cache_folder();
  write_file(cache / (".result.json" + end), "{");
  write_file(cache / ".result.json.tmp.1", "of another process");
  write_file(cache / ("result.json" + end), "of nobody's AtomicFile");
  holder.end();
  const auto lock = workspace_.lock("dlwork audit");
  EXPECT_FALSE(std::filesystem::exists(cache / (".result.json" + end)));
  EXPECT_TRUE(std::filesystem::exists(cache / ".result.json.tmp.1"));
  EXPECT_TRUE(std::filesystem::exists(cache / ("result.json" + end)));
}

TEST_F(LockTest, ADamagedLockFileOfNobodyIsTakenOver) {
  workspace_.cache_folder();
  write_file(file_, "{\"pid\": 1");
  const auto lock = workspace_.lock("dlwork audit");
  EXPECT_EQ(lock->notice(), "");
  EXPECT_EQ(parse_json(read_file(file_), "lock").at("pid"), getpid());
}

TEST_F(LockTest, OneOfManyHasIt) {
  std::array<pid_t, 8> children{};
  for (pid_t& child : children) {
    child = fork();
    if (child == 0) {
      int won = 0;
      for (int i = 0; i < 200; ++i) {
        try {
          const auto lock = workspace_.lock("dlwork audit");
          // Only the holder may see this file; a second holder would find it there.
          const int mark = open((folder_ / "mark").c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
          if (mark < 0) _exit(100);
          close(mark);
          unlink((folder_ / "mark").c_str());
          ++won;
        } catch (const Error& error) {
          if (error.status() != ExitStatus::kBusy) _exit(101);
        }
      }
      _exit(won > 0 ? 0 : 102);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_NE(WEXITSTATUS(status), 100) << "two processes held the lock at once";
    EXPECT_NE(WEXITSTATUS(status), 101) << "an error other than busy";
  }
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace dlwork::artefact
