#pragma once

#include <cstdint>
#include <string>

namespace dlwork {

/// CPUs this process may use: the smaller of the affinity mask and the cgroup's CPU quota
/// (version 1 or 2), rounded up; at least 1.
int usable_cpus();
/// Memory this process may use, in bytes: the smaller of the machine's and the cgroup's limit.
std::uint64_t usable_memory_bytes();
/// Highest resident memory of this program so far, in bytes.
std::uint64_t peak_memory_bytes();
/// Asks that memory in use lie in pages of 2 MB, as far as it fills some of its own: for what is
/// read at places all over. Where the system does not do it, nothing else is different.
void ask_for_huge_pages(const void* begin, std::uint64_t bytes);
std::string cpu_model();
std::string host_name();
/// "Debian GNU/Linux 12 (bookworm)".
std::string os_name();

/// Seconds from a steady clock, for durations.
double monotonic_seconds();
/// "2026-11-23T21:14:56Z".
std::string utc_time();

}  // namespace dlwork
