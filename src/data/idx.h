#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "data/byte_source.h"
#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// An IDX file (the format of MNIST), gzip or not: a magic number with the type and the number of
/// dimensions, the dimensions as big-endian 32-bit numbers, then the values.
class IdxFile {
 public:
  /// Reads the header. Throws Error(kInput): no IDX file, unknown type, more promised than the file
  /// can hold.
  explicit IdxFile(const std::string& path);

  const std::vector<std::int64_t>& dims() const { return dims_; }
  int value_bytes() const { return value_bytes_; }
  std::int64_t records() const { return dims_[0]; }
  std::int64_t record_bytes() const { return record_bytes_; }
  /// Of all values.
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(records() * record_bytes_); }
  std::int64_t records_left() const { return records_left_; }

  /// Appends the next records, at most `count`; returns how many. Memory grows with what is read,
  /// never with what the header promises. Throws where the file ends early.
  std::int64_t read(std::int64_t count, std::vector<std::uint8_t>& out);
  /// Throws when bytes follow the last record.
  void expect_end();

 private:
  ByteSource source_;
  std::vector<std::int64_t> dims_;
  int value_bytes_ = 1;
  std::int64_t record_bytes_ = 1;
  std::int64_t records_left_ = 0;
};

/// True when the file starts as an IDX file does. Throws Error(kInput) when it cannot be read.
bool is_idx(const std::string& path);

/// [channels, height, width] of a file of pictures (N x H x W or N x C x H x W bytes).
std::array<std::int64_t, 3> picture_shape(const IdxFile& file, const std::string& path);

/// Appends all pictures; they must have the shape of those already there. Returns how many.
std::int64_t read_idx_pictures(const std::string& path, Pictures& pool);
/// The labels of a one-dimensional file of integers.
std::vector<std::int32_t> read_idx_labels(const std::string& path);

}  // namespace dlwork::data
