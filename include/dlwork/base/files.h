#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace dlwork {

/// Whole file as bytes. Throws Error(kInput) naming the file and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// What a file that was written survives: the end of this process, whatever ends it, or a power cut
/// too. The second waits for the disk.
enum class Durable { kProcess, kPowerCut };

/// Writes to a temporary name beside `path`, flushes to disk, renames. Throws Error(kRuntime) with
/// the system's reason (disk full, read-only) and leaves the previous file as it was.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// A file that appears under its name only when `commit` succeeds; dropped otherwise. A symbolic
/// link keeps pointing where it does; a device or pipe is written to directly.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Holds back few bytes, so that many small writes are cheap; more go on as they are.
  void write(std::string_view bytes);
  void write(const void* bytes, size_t size);
  /// Flush, fsync (for kPowerCut), rename. Throws Error(kRuntime) on any failure.
  void commit(Durable durable = Durable::kPowerCut);

 private:
  [[noreturn]] void fail(const char* what);
  void put(std::string_view bytes);
  void flush();
  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty: written in place (device, pipe)
  std::string buffer_;
  int descriptor_ = -1;
  bool committed_ = false;
};

/// Creates the folder and its parents. Throws Error(kRuntime) with the reason.
void make_folder(const std::filesystem::path& path);

/// Read-only view of a whole file, mapped. Empty files give an empty view.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

/// Throws Error(kRuntime): `what` ("cannot write"), the path, and the reason that errno holds, with
/// advice.
[[noreturn]] void throw_errno(const char* what, const std::filesystem::path& path);

/// Bytes free for this user on the file system that holds `path`.
std::uint64_t free_bytes(const std::filesystem::path& path);

}  // namespace dlwork
