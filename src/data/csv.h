#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/text_blocks.h"

namespace dlwork::data {

/// True when the whole text is a number as Python's float() reads it (no underscores); writes it
/// to `value`. "inf" and "nan" count; numbers too large become infinite.
bool parse_cell(std::string_view text, double& value);

/// One cell as it stands in the reader's buffer.
struct Cell {
  const char* begin = nullptr;
  const char* end = nullptr;
  bool quoted = false;
  bool doubled = false;  ///< holds doubled quotes
  std::string_view raw() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

/// Splits a separated text file (RFC 4180, any line ends, gzip or not) into records while holding
/// one block of it. Blank lines are left out; blanks around unquoted cells too.
class CsvReader {
 public:
  /// `most_bytes` above 0 reads only so much, and drops a record the limit cuts.
  CsvReader(const std::string& path, char separator, std::size_t most_bytes = 0);

  /// The next record, valid until the call after; false at the end. Throws Error(kInput) at the
  /// line: NUL byte, invalid UTF-16, unterminated quote, text after a closing quote, record too
  /// long.
  bool next();
  /// The same, but stops at blank lines too.
  bool next_line();
  bool is_blank() const {
    return cells_.size() == 1 && !cells_[0].quoted && cells_[0].raw().empty();
  }
  /// The record as it stands, with its end of line; without the file's byte order mark.
  std::string_view bytes() const { return {record_, static_cast<std::size_t>(begin_ - record_)}; }
  bool has_byte_order_mark() const { return has_byte_order_mark_; }
  const std::vector<Cell>& cells() const { return cells_; }
  /// Cell as text, with doubled quotes resolved; valid until the next call.
  std::string_view text(std::size_t index);
  /// Physical line on which the record begins, from 1.
  std::int64_t line() const { return line_; }
  /// Throws Error(kInput) at the place of a cell.
  [[noreturn]] void fail(std::size_t index, const std::string& message,
                         const std::string& hint = "") const;
  const ByteSource& source() const { return blocks_.source(); }
  /// The byte limit was met before the end of the file.
  bool cut() const { return blocks_.cut(); }

 private:
  enum class Scan { kRecord, kNeedMore, kEnd };
  enum class Ending { kCell, kRecord, kNeedMore };
  Scan scan();
  Ending scan_cell(const char*& at);
  Ending scan_quoted(const char*& at, const char* opening);
  Ending after_cell(const char*& at) const;
  bool refill();
  void check_block(const char* block, const char* end) const;
  [[noreturn]] void fail_at(const char* place, const std::string& message,
                            const std::string& hint) const;

  TextBlocks blocks_;
  char separator_;
  bool tab_is_blank_;
  bool has_byte_order_mark_ = false;
  const char* record_ = nullptr;  ///< start of the current record
  const char* begin_ = nullptr;   ///< start of what is not yet split
  const char* end_ = nullptr;
  std::int64_t line_ = 0;
  std::int64_t next_line_ = 1;
  std::vector<Cell> cells_;
  std::string scratch_;
};

/// How a file is laid out, as declared or found in its first records.
struct CsvFormat {
  char separator = ',';
  bool header = true;
  std::vector<std::string> names;  ///< from the header, or column_1, column_2, ...
};
struct CsvOptions {
  std::string separator = "auto";
  std::string header = "auto";
  std::vector<std::string> missing;
  /// Column names the user speaks of: a first line that holds one is a header.
  std::vector<std::string> known_names;
};
/// Looks at the beginning of the file. Throws Error(kInput): empty file, header alone, duplicate
/// names.
CsvFormat find_format(const std::string& path, const CsvOptions& options);

/// Name of the column at `index` (from 0) of a file without header.
std::string column_name(std::size_t index);

}  // namespace dlwork::data
