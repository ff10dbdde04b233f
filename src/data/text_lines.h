#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/text_blocks.h"

namespace dlwork::data {

/// The lines of a text file (UTF-8 or UTF-16, any line ends, packed or not) one after the other,
/// holding one block and one line. A byte order mark is left out.
class TextLines {
 public:
  /// `most_bytes` above 0 reads only so much, and drops a line the limit cuts.
  explicit TextLines(const std::string& path, std::size_t most_bytes = 0);

  /// The next line without its end, valid until the call after; false at the end. Throws
  /// Error(kInput) at the line: a NUL byte, invalid UTF-16, longer than kMostRecordBytes.
  bool next();
  std::string_view text() const { return text_; }
  /// From 1.
  std::int64_t line() const { return line_; }
  /// Throws Error(kInput) at a place within text(), or at the line when `place` is null.
  [[noreturn]] void fail(const char* place, const std::string& message,
                         const std::string& hint = "") const;
  const ByteSource& source() const { return blocks_.source(); }
  /// The byte limit was met before the end of the file.
  bool cut() const { return blocks_.cut(); }

 private:
  bool refill();
  void check_text() const;

  TextBlocks blocks_;
  const char* begin_ = nullptr;  ///< start of what is not yet handed out
  const char* end_ = nullptr;
  std::string_view text_;
  std::int64_t line_ = 0;
};

}  // namespace dlwork::data
