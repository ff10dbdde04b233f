#include "dlwork/base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dlwork/base/error.h"
#include "support/small_disk.h"
#include "support/temporary_folder.h"

namespace dlwork {
namespace {

using ::testing::HasSubstr;

size_t entries(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

template <typename Work>
void expect_error(Work work, ExitStatus status, const std::string& path, const std::string& why) {
  try {
    work();
    FAIL() << "no error: " << why;
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), status);
    EXPECT_THAT(error.what(), HasSubstr(path));
    EXPECT_THAT(error.what(), HasSubstr(why));
  }
}

TEST(Files, WriteAndReadBackAnyBytes) {
  const testing::TemporaryFolder folder;
  std::string bytes(1'000'003, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  write_file(folder / "a", bytes);
  EXPECT_EQ(read_file(folder / "a"), bytes);
  write_file(folder / "a", "short");
  EXPECT_EQ(read_file(folder / "a"), "short");
  EXPECT_EQ(MappedFile(folder / "a").bytes(), "short");
  write_file(folder / "a", "");
  EXPECT_EQ(MappedFile(folder / "a").bytes(), "");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(Files, KeepPermissionsAndLinks) {
  const testing::TemporaryFolder folder;
  write_file(folder / "real", "old");
  std::filesystem::permissions(folder / "real", std::filesystem::perms(0640));
  std::filesystem::create_symlink("real", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "real"), "new");
  EXPECT_EQ(std::filesystem::status(folder / "real").permissions(), std::filesystem::perms(0640));
}

TEST(Files, ADroppedFileLeavesNothing) {
  const testing::TemporaryFolder folder;
  write_file(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write("half");
    EXPECT_EQ(entries(folder.path()), 2u);
  }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(Files, PiecesOfAnySizeAreWrittenInTheirOrder) {
  const testing::TemporaryFolder folder;
  AtomicFile file(folder / "a");
  std::string expected;
  char letter = 'a';
  for (const std::size_t size : {10, 300'000, 0, 5, 262'139, 262'144, 1, 262'145, 7}) {
    const std::string piece(size, letter++);
    file.write(piece);
    expected += piece;
  }
  file.commit();
  EXPECT_TRUE(read_file(folder / "a") == expected);
}

TEST(Files, WhatIsWrittenIsHeldOnceAlone) {
  const testing::TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    constexpr long kKiB = 64 << 10;
    const std::string large(kKiB << 10, 'x');
    const auto most_held = [] {
      struct rusage usage {};
      getrusage(RUSAGE_SELF, &usage);
      return usage.ru_maxrss;
    };
    const long before = most_held();
    AtomicFile(folder / "a").write(large);
    _exit(most_held() - before < kKiB / 4 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Files, AKilledWriterLeavesTheLastGoodState) {
  const testing::TemporaryFolder folder;
  write_file(folder / "a", "good");
  const pid_t child = fork();
  if (child == 0) {
    AtomicFile file(folder / "a");
    for (int i = 0; i < 100; ++i) file.write(std::string(10'000, 'x'));
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_file(folder / "a"), "good");
}

TEST(Files, SayWhyTheyCannotBeRead) {
  const testing::TemporaryFolder folder;
  const std::string gone = folder / "gone";
  expect_error([&] { read_file(gone); }, ExitStatus::kInput, gone, "No such file");
  expect_error([&] { MappedFile{gone}; }, ExitStatus::kInput, gone, "No such file");
  const std::string path = folder.path();
  expect_error([&] { read_file(path); }, ExitStatus::kInput, path, "Is a directory");
  expect_error([&] { MappedFile{path}; }, ExitStatus::kInput, path, "not a plain file");
}

TEST(Files, SayWhyTheyCannotBeWritten) {
  const testing::TemporaryFolder folder;
  const std::string nowhere = folder / "no/such/file";
  expect_error([&] { write_file(nowhere, "x"); }, ExitStatus::kRuntime, nowhere, "No such file");
  expect_error([&] { write_file(folder.path(), "x"); }, ExitStatus::kRuntime,
               folder.path().string(), "Is a directory");
  write_file(folder / "file", "x");
  const std::string inside = folder / "file/inside";
  expect_error([&] { make_folder(inside); }, ExitStatus::kRuntime, inside,
               "a file stands where a folder is needed");
  expect_error([&] { make_folder(folder / "file"); }, ExitStatus::kRuntime, folder / "file",
               "Not a directory");
  // /proc takes no new files, not even from root.
  expect_error([&] { write_file("/proc/dlwork", "x"); }, ExitStatus::kRuntime, "/proc/dlwork", ":");
}

TEST(Files, AFullDiskKeepsTheOldFile) {
  const testing::SmallDisk disk("64k");
  if (!disk.mounted()) GTEST_SKIP() << disk.why_not();
  const std::string path = disk.path() / "a";
  write_file(path, "old");
  expect_error([&] { write_file(path, std::string(1 << 20, 'x')); }, ExitStatus::kRuntime, path,
               "No space left on device (free some space");
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(disk.path()), 1u);
  EXPECT_LE(free_bytes(disk.path()), 64u << 10);
}

TEST(Files, AFullDeviceIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  expect_error([&] { write_file("/dev/full", "x"); }, ExitStatus::kRuntime, "/dev/full",
               "No space left on device");
  EXPECT_TRUE(std::filesystem::exists("/dev/full"));
}

TEST(Files, TellFreeSpaceOfAPathYetToBeMade) {
  const testing::TemporaryFolder folder;
  const std::uint64_t free = free_bytes(folder / "not/yet/there");
  EXPECT_GT(free, 0u);
  EXPECT_NEAR(static_cast<double>(free), static_cast<double>(free_bytes(folder.path())), 1e9);
}

TEST(Files, MakeFoldersTwice) {
  const testing::TemporaryFolder folder;
  make_folder(folder / "a/b");
  make_folder(folder / "a/b");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b"));
}

}  // namespace
}  // namespace dlwork
