#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.h"

namespace dlwork::data {

/// Longest record or line of a text file.
inline constexpr std::size_t kMostRecordBytes = 64u << 20;

/// A text file (packed or not) in blocks: what its reader has not used yet stays in front of what
/// comes next. `begin` and `end` are the reader's own marks of that part.
class TextBlocks {
 public:
  /// `most_bytes` above 0 reads only so much.
  TextBlocks(const std::string& path, std::size_t most_bytes);

  /// Reads more behind `end` and moves both marks; the memory grows where the part fills it.
  void more(const char*& begin, const char*& end);
  /// The part fills the memory and is as long as one record may be.
  bool is_full(const char* begin, const char* end) const;
  /// Leaves a byte order mark out. Throws Error(kInput) for UTF-16's.
  void skip_byte_order_mark(const char*& begin, const char* end) const;

  const ByteSource& source() const { return source_; }
  /// Nothing more comes.
  bool at_end() const { return at_end_; }
  /// The byte limit was met before the end of the file.
  bool cut() const { return cut_; }

 private:
  ByteSource source_;
  std::size_t bytes_left_;
  bool limited_;
  bool at_end_ = false;
  bool cut_ = false;
  std::vector<char> buffer_;
};

}  // namespace dlwork::data
