#pragma once

#include <filesystem>

namespace dlwork {

/// A folder that nobody else knows, gone with what is in it when this ends.
class TemporaryFolder {
 public:
  /// In the system's folder for such, or in `parent`. Throws Error(kRuntime) with the system's
  /// reason.
  TemporaryFolder();
  explicit TemporaryFolder(const std::filesystem::path& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dlwork
