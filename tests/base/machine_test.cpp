#include "dlwork/base/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/cgroup.h"
#include "dlwork/base/files.h"
#include "support/temporary_folder.h"

namespace dlwork {
namespace {

class GroupFiles {
 public:
  void write(const std::string& name, const std::string& text) {
    make_folder((folder_ / name).parent_path());
    write_file(folder_ / name, text);
  }
  ControlGroup group() const { return {folder_ / "self", folder_ / "mount"}; }

 private:
  testing::TemporaryFolder folder_;
};

TEST(ControlGroup, ReadsTheTightestLimitOfVersion2) {
  GroupFiles files;
  files.write("self", "0::/user/job\n");
  files.write("mount/user/job/cpu.max", "max 100000\n");
  files.write("mount/user/cpu.max", "150000 100000\n");
  files.write("mount/user/job/memory.max", "1073741824\n");
  files.write("mount/user/memory.max", "max\n");
  EXPECT_EQ(files.group().cpus(), 1.5);
  EXPECT_EQ(files.group().memory_bytes(), 1073741824u);
}

TEST(ControlGroup, ReadsVersion1) {
  GroupFiles files;
  files.write("self", "4:memory:/docker/ab\n3:cpu,cpuacct:/docker/ab\n0::/\n");
  // As seen from inside a container: the path is the host's, the mount's root holds the limit.
  files.write("mount/cpu/cpu.cfs_quota_us", "400000\n");
  files.write("mount/cpu/cpu.cfs_period_us", "100000\n");
  files.write("mount/memory/docker/ab/memory.limit_in_bytes", "2048\n");
  EXPECT_EQ(files.group().cpus(), 4);
  EXPECT_EQ(files.group().memory_bytes(), 2048u);
}

TEST(ControlGroup, KnowsNoLimitWithoutFiles) {
  GroupFiles files;
  EXPECT_EQ(files.group().cpus(), std::nullopt);
  files.write("self", "nonsense\n0::/\n");
  files.write("mount/cpu.max", "banana 0\n");
  files.write("mount/memory.max", "-5\n");
  EXPECT_EQ(files.group().cpus(), std::nullopt);
  EXPECT_EQ(files.group().memory_bytes(), std::nullopt);
}

TEST(Machine, UsesNoMoreCpusThanItsAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(usable_cpus(), 1);
  EXPECT_LE(usable_cpus(), CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cpus(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(Machine, PeakMemoryGrowsWithUse) {
  const std::uint64_t before = peak_memory_bytes();
  constexpr size_t kBytes = 200u << 20;
  std::vector<char> block(kBytes);
  for (size_t i = 0; i < kBytes; i += 4096) block[i] = 1;
  EXPECT_GE(peak_memory_bytes(), before + kBytes / 2);
  EXPECT_GT(usable_memory_bytes(), peak_memory_bytes());
}

std::uint64_t huge_kib() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string key; file >> key;) {
    std::uint64_t kib = 0;
    if (key == "AnonHugePages:" && file >> kib) return kib;
  }
  return 0;
}

TEST(Machine, HugePagesHoldWhatWasThere) {
  std::vector<unsigned char> block(8u << 20);
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<unsigned char>(i * 31 >> 8);
  const std::vector<unsigned char> before = block;
  const std::uint64_t kib = huge_kib();
  ask_for_huge_pages(block.data(), 1000);  // not one page of its own
  EXPECT_EQ(huge_kib(), kib);
  ask_for_huge_pages(block.data(), block.size());
  EXPECT_EQ(block, before);
  if (huge_kib() == kib) GTEST_SKIP() << "this system gives no huge pages when asked";
  EXPECT_GE(huge_kib(), kib + (6u << 10));  // 8 MB less what is at both ends
}

// The child asks itself; a process takes over the peak of the one that it was made from.
TEST(Machine, PeakMemoryIsOfThisProgramAlone) {
  if (const char* file = std::getenv("DLWORK_TEST_PEAK_FILE")) {
    write_file(file, std::to_string(peak_memory_bytes()));
    return;
  }
  constexpr size_t kBytes = 200u << 20;
  std::vector<char> block(kBytes);
  for (size_t i = 0; i < kBytes; i += 4096) block[i] = 1;
  const testing::TemporaryFolder folder;
  const std::string file = folder / "peak";
  const std::string command = "exec env DLWORK_TEST_PEAK_FILE=" + file + " " +
                              std::filesystem::read_symlink("/proc/self/exe").string() +
                              " --gtest_filter=Machine.PeakMemoryIsOfThisProgramAlone > /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::uint64_t child = std::stoull(read_file(file));
  EXPECT_GT(child, 0u);
  EXPECT_LT(child, kBytes);
  EXPECT_GE(peak_memory_bytes(), kBytes) << block.back();
}

TEST(Machine, NamesItself) {
  EXPECT_FALSE(cpu_model().empty());
  EXPECT_FALSE(host_name().empty());
  EXPECT_FALSE(os_name().empty());
  EXPECT_EQ(os_name().find('"'), std::string::npos);
  EXPECT_THAT(utc_time(),
              ::testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
  const double start = monotonic_seconds();
  EXPECT_GE(monotonic_seconds(), start);
}

}  // namespace
}  // namespace dlwork
