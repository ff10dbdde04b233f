#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace dlwork {

/// Limits that control groups (version 1 or 2) put on this process. `membership` is
/// /proc/self/cgroup and `mount` /sys/fs/cgroup; tests lay out their own.
class ControlGroup {
 public:
  ControlGroup(std::filesystem::path membership, std::filesystem::path mount);

  /// CPUs' worth of time ("1.5"); nullopt without a quota.
  std::optional<double> cpus() const;
  std::optional<std::uint64_t> memory_bytes() const;

 private:
  std::filesystem::path membership_;
  std::filesystem::path mount_;
};

}  // namespace dlwork
