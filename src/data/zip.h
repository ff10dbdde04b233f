#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/byte_stream.h"

namespace dlwork::data {

/// One file of a ZIP archive.
struct ZipEntry {
  std::string name;
  std::uint64_t offset = 0;  ///< of its local header
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  int method = 0;  ///< 0 stored, 8 deflated
};

/// The directory of a ZIP archive (PKWARE's APPNOTE, with ZIP64), as numpy's .npz files are. Every
/// number in it is checked against the size of the file.
class ZipArchive {
 public:
  /// Throws Error(kInput): no archive, a directory that does not fit the file, more than 65536
  /// files.
  explicit ZipArchive(const std::string& path);
  ~ZipArchive();

  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// The bytes of a file, unpacked as they are read; its checksum is compared at the end. The
  /// archive must outlive the stream. Throws Error(kInput): encrypted, an unknown method.
  std::unique_ptr<ByteStream> open(const ZipEntry& entry);

 private:
  class Stream;
  void read_at(std::uint64_t offset, void* out, std::size_t size) const;
  void read_directory();
  [[noreturn]] void damaged(const std::string& what) const;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t file_size_ = 0;
  std::vector<ZipEntry> entries_;
};

/// True when the file starts as a ZIP archive does.
bool is_zip(const std::string& path);

}  // namespace dlwork::data
