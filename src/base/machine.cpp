#include "dlwork/base/machine.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>

#include "base/cgroup.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

ControlGroup own_group() { return {"/proc/self/cgroup", "/sys/fs/cgroup"}; }

int affinity_cpus() {
  // The kernel refuses a mask smaller than its own, so the mask grows until it fits.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(cpus));
    if (set == nullptr) break;
    const size_t size = CPU_ALLOC_SIZE(static_cast<size_t>(cpus));
    const bool fits = sched_getaffinity(0, size, set) == 0;
    const int count = fits ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (fits) return count;
  }
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

// The value of `key` in a file of "key<separator>value" lines, or "".
std::string value_in(const char* path, const std::string& key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t at = line.find(separator);
    if (at != std::string::npos && trim(line.substr(0, at)) == key) {
      return trim(line.substr(at + 1));
    }
  }
  return "";
}

}  // namespace

int usable_cpus() {
  int cpus = affinity_cpus();
  if (const auto quota = own_group().cpus()) {
    cpus = static_cast<int>(std::min<double>(cpus, std::ceil(*quota)));
  }
  return std::max(1, cpus);
}

std::uint64_t usable_memory_bytes() {
  struct sysinfo info {};
  std::uint64_t bytes = 0;
  if (sysinfo(&info) == 0) bytes = static_cast<std::uint64_t>(info.totalram) * info.mem_unit;
  if (const auto limit = own_group().memory_bytes()) {
    bytes = bytes == 0 ? *limit : std::min(bytes, *limit);
  }
  return bytes;
}

void ask_for_huge_pages(const void* begin, std::uint64_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kPage = std::uintptr_t{1} << 21;
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, from Linux 6.1 on: headers may be older
  const auto from = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (from + kPage - 1) / kPage * kPage;
  const std::uintptr_t last = (from + bytes) / kPage * kPage;
  if (first >= last) return;
  for (const int advice : {MADV_HUGEPAGE, kCollapse}) {
    ::madvise(reinterpret_cast<void*>(first), last - first, advice);
  }
#endif
}

std::uint64_t peak_memory_bytes() {
  // getrusage's figure counts what the process held before it became this program, too.
  const std::string own = value_in("/proc/self/status", "VmHWM", ':');
  std::uint64_t kib = 0;
  if (std::from_chars(own.data(), own.data() + own.size(), kib).ec == std::errc())
    return kib * 1024;
  struct rusage usage {};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

std::string cpu_model() {
  for (const char* key : {"model name", "Model", "Hardware", "cpu"}) {
    std::string model = value_in("/proc/cpuinfo", key, ':');
    if (!model.empty()) return model;
  }
  return "unknown";
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string os_name() {
  std::string name = value_in("/etc/os-release", "PRETTY_NAME", '=');
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
    name = name.substr(1, name.size() - 2);
  }
  return name.empty() ? "Linux" : name;
}

double monotonic_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string utc_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace dlwork
