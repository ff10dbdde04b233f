#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/byte_stream.h"

namespace dlwork::data {

/// Bytes of a regular file from its start, unpacked where the file is gzip or zstd. Every failure
/// is Error(kInput) naming the file: missing, a folder, not readable, packed data that are
/// truncated or damaged, a file that changed while it was read.
class ByteSource final : public ByteStream {
 public:
  explicit ByteSource(std::string path);
  ~ByteSource() override;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  std::size_t read(void* out, std::size_t size) override;

  const std::string& path() const { return path_; }
  bool compressed() const { return unpacker_ != nullptr; }
  /// Size on disk.
  std::uint64_t file_size() const { return file_size_; }
  /// Bytes on disk already taken in, for progress.
  std::uint64_t position() const { return position_; }
  /// The size, or what the packing can make of it at most.
  std::uint64_t most_bytes() const override;

  /// Turns packed bytes into plain ones.
  class Unpacker {
   public:
    virtual ~Unpacker() = default;
    /// Fills `out` from `source`; fewer bytes only at the end.
    virtual std::size_t read(ByteSource& source, char* out, std::size_t size) = 0;
    /// Most plain bytes that one packed byte can stand for.
    virtual std::uint64_t most_ratio() const = 0;
  };
  /// Bytes as they stand in the file, for unpackers.
  std::size_t read_raw(char* out, std::size_t size);
  [[noreturn]] void fail(const std::string& message, const std::string& hint = "") const;

 private:
  void expect_unchanged() const;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t file_size_ = 0;
  std::int64_t changed_ns_ = 0;  ///< time of the last change when it was opened
  std::uint64_t position_ = 0;
  std::unique_ptr<Unpacker> unpacker_;
};

/// The unpacker for a file that starts with `start`; null for plain bytes. See unpack.cpp.
std::unique_ptr<ByteSource::Unpacker> find_unpacker(const std::string& start);

}  // namespace dlwork::data
