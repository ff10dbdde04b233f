#include "base/cgroup.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dlwork/base/text.h"

namespace dlwork {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return trim(line);
}

// The folder of a controller ("" for version 2) and each folder above it, up to the mount: a limit
// anywhere on the way binds. In a container the path may stand outside of what is mounted; the
// mount's own root then holds the limits, and it is always part of the list.
std::vector<fs::path> folders(const fs::path& membership, const fs::path& mount,
                              const std::string& controller) {
  std::ifstream file(membership);
  std::vector<fs::path> found;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = split(line, ':');  // id:controllers:/path
    if (fields.size() < 3) continue;
    const std::vector<std::string> names = split(fields[1], ',');
    if (std::find(names.begin(), names.end(), controller) == names.end()) continue;
    // Version 1 mounts one folder a controller set, linked under each single name.
    const fs::path root = controller.empty() ? mount : mount / controller;
    for (fs::path path = fs::path(fields[2]).relative_path(); !path.empty();
         path = path.parent_path()) {
      found.push_back(root / path);
    }
    found.push_back(root);
  }
  return found;
}

template <typename Value>
std::optional<Value> smallest(const std::vector<fs::path>& places,
                              const std::function<std::optional<Value>(const fs::path&)>& read) {
  std::optional<Value> least;
  for (const fs::path& place : places) {
    const std::optional<Value> value = read(place);
    if (value && (!least || *value < *least)) least = value;
  }
  return least;
}

template <typename Value>
std::optional<Value> smaller(std::optional<Value> a, std::optional<Value> b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

std::optional<double> ratio(const std::string& quota, const std::string& period) {
  const auto above = parse_integer(quota);
  const auto below = parse_integer(period);
  if (!above || !below || *above <= 0 || *below <= 0) return std::nullopt;
  return static_cast<double>(*above) / static_cast<double>(*below);
}

std::optional<std::uint64_t> limit_in(const fs::path& file) {
  const auto bytes = parse_integer(first_line(file));
  if (!bytes || *bytes <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

}  // namespace

ControlGroup::ControlGroup(fs::path membership, fs::path mount)
    : membership_(std::move(membership)), mount_(std::move(mount)) {}

std::optional<double> ControlGroup::cpus() const {
  const auto version_2 = smallest<double>(
      folders(membership_, mount_, ""), [](const fs::path& folder) -> std::optional<double> {
        const std::vector<std::string> words = split(first_line(folder / "cpu.max"), ' ');
        return words.size() == 2 ? ratio(words[0], words[1]) : std::nullopt;
      });
  const auto version_1 =
      smallest<double>(folders(membership_, mount_, "cpu"), [](const fs::path& folder) {
        return ratio(first_line(folder / "cpu.cfs_quota_us"),
                     first_line(folder / "cpu.cfs_period_us"));
      });
  return smaller(version_2, version_1);
}

std::optional<std::uint64_t> ControlGroup::memory_bytes() const {
  const auto version_2 = smallest<std::uint64_t>(
      folders(membership_, mount_, ""),
      [](const fs::path& folder) { return limit_in(folder / "memory.max"); });
  const auto version_1 = smallest<std::uint64_t>(
      folders(membership_, mount_, "memory"),
      [](const fs::path& folder) { return limit_in(folder / "memory.limit_in_bytes"); });
  return smaller(version_2, version_1);
}

}  // namespace dlwork
