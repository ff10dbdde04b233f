#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/byte_source.h"
#include "data/utf16.h"

namespace dlwork::data {

/// Longest record or line of a text file.
inline constexpr std::size_t kMostRecordBytes = 64u << 20;

/// A text file (packed or not) in blocks, as UTF-8: UTF-16 is converted where a byte order mark
/// says that the file is in it. What its reader has not used yet stays in front of what comes next.
/// `begin` and `end` are the reader's own marks of that part.
class TextBlocks {
 public:
  /// `most_bytes` above 0 reads only so much.
  TextBlocks(const std::string& path, std::size_t most_bytes);

  /// Reads more behind `end` and moves both marks; the memory grows where the part fills it.
  void more(const char*& begin, const char*& end);
  /// The part fills the memory and is as long as one record may be.
  bool is_full(const char* begin, const char* end) const;
  /// Leaves a byte order mark out.
  void skip_byte_order_mark(const char*& begin, const char* end) const;

  const ByteSource& source() const { return source_; }
  /// Nothing more comes.
  bool at_end() const { return at_end_; }
  /// The byte limit was met before the end of the file.
  bool cut() const { return cut_; }

 private:
  std::size_t read(char* out, std::size_t size);

  ByteSource source_;
  std::optional<Utf16Reader> utf16_;
  std::string start_;  ///< what was read to look for the mark, as far as it is not yet given out
  bool started_ = false;
  std::size_t bytes_left_;
  bool limited_;
  bool at_end_ = false;
  bool cut_ = false;
  std::vector<char> buffer_;
};

}  // namespace dlwork::data
