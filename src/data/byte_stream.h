#pragma once

#include <cstddef>
#include <cstdint>

namespace dlwork::data {

/// Bytes from a start to an end.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills `out`; returns fewer than `size` bytes only at the end.
  virtual std::size_t read(void* out, std::size_t size) = 0;
  /// The most bytes that can come out: what a number in the file may promise.
  virtual std::uint64_t most_bytes() const = 0;
};

}  // namespace dlwork::data
