#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

struct gzFile_s;

namespace dlwork::data {

/// Bytes of a regular file from its start, unpacked where the file is gzip. Every failure is
/// Error(kInput) naming the file: missing, a folder, not readable, a truncated or damaged gzip.
class ByteSource {
 public:
  explicit ByteSource(std::string path);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Fills `out`; returns fewer than `size` bytes only at the end.
  std::size_t read(void* out, std::size_t size);

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  /// Size on disk.
  std::uint64_t file_size() const { return file_size_; }
  /// Bytes on disk already taken in, for progress.
  std::uint64_t position() const;
  /// The most bytes that can come out: the size, or what deflate can make of it (1032 to 1).
  std::uint64_t most_bytes() const;

 private:
  std::string path_;
  gzFile_s* file_ = nullptr;
  bool compressed_ = false;
  std::uint64_t file_size_ = 0;
};

}  // namespace dlwork::data
