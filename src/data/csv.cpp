#include "data/csv.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

bool is_word(std::string_view text, std::string_view lower_word) {
  return text.size() == lower_word.size() &&
         std::equal(text.begin(), text.end(), lower_word.begin(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

bool parse_cell(std::string_view text, double& value) {
  const char* at = text.data();
  const char* end = at + text.size();
  if (at == end) return false;
  if (*at == '+' && ++at != end && (*at == '-' || *at == '+')) return false;
  const char* digits = at != end && *at == '-' ? at + 1 : at;
  if (digits == end) return false;
  if ((*digits | 0x20) >= 'a' && (*digits | 0x20) <= 'z') {
    const std::string_view word(digits, static_cast<std::size_t>(end - digits));
    if (!is_word(word, "inf") && !is_word(word, "infinity") && !is_word(word, "nan")) return false;
  }
  const auto result = std::from_chars(at, end, value);
  if (result.ptr != end) return false;
  if (result.ec == std::errc::result_out_of_range) {
    value = std::strtod(std::string(at, end).c_str(), nullptr);
    return true;
  }
  return result.ec == std::errc();
}

CsvReader::CsvReader(const std::string& path, char separator, std::size_t most_bytes)
    : blocks_(path, most_bytes), separator_(separator), tab_is_blank_(separator != '\t') {
  refill();
  const char* start = begin_;
  blocks_.skip_byte_order_mark(begin_, end_);
  has_byte_order_mark_ = begin_ != start;
  record_ = begin_;
  check_block(begin_, end_);
}

void CsvReader::check_block(const char* block, const char* end) const {
  if (block == end) return;
  const auto* zero = std::memchr(block, 0, static_cast<std::size_t>(end - block));
  if (zero == nullptr) return;
  fail_at(static_cast<const char*>(zero), "holds a NUL byte, so this is no text",
          "check that it is a CSV file in UTF-8");
}

bool CsvReader::refill() {
  if (blocks_.at_end()) return false;
  if (blocks_.is_full(begin_, end_)) {
    const char* quote = std::find(begin_, end_, '"');
    fail_at(quote == end_ ? begin_ : quote,
            "the record is longer than " + pretty_bytes(kMostRecordBytes),
            "is a quote never closed, or data.separator wrong?");
  }
  const auto kept = end_ - begin_;
  blocks_.more(begin_, end_);
  record_ = begin_;
  // The first block is checked once its byte order mark is out.
  if (next_line_ > 1 || kept > 0) check_block(begin_ + kept, end_);
  return true;
}

bool CsvReader::next() {
  while (next_line()) {
    if (!is_blank()) return true;
  }
  return false;
}

bool CsvReader::next_line() {
  for (;;) {
    const Scan result = scan();
    if (result != Scan::kNeedMore) return result == Scan::kRecord;
    if (!refill()) return false;
  }
}

CsvReader::Scan CsvReader::scan() {
  cells_.clear();
  record_ = begin_;
  line_ = next_line_;
  if (begin_ == end_) return blocks_.at_end() ? Scan::kEnd : Scan::kNeedMore;
  const char* at = begin_;
  bool quoted = false;
  for (;;) {
    const Ending ending = scan_cell(at);
    if (ending == Ending::kNeedMore) return blocks_.at_end() ? Scan::kEnd : Scan::kNeedMore;
    quoted = quoted || cells_.back().quoted;
    if (ending == Ending::kRecord) break;
  }
  next_line_ += quoted ? std::max<std::int64_t>(1, std::count(begin_, at, '\n')) : 1;
  begin_ = at;
  return Scan::kRecord;
}

CsvReader::Ending CsvReader::scan_cell(const char*& at) {
  const char* start = at;
  while (start < end_ && (*start == ' ' || (*start == '\t' && tab_is_blank_))) ++start;
  if (start < end_ && *start == '"') return scan_quoted(at, start);
  const char* stop = start;
  const char separator = separator_;
  while (stop < end_ && *stop != separator && *stop != '\n' && *stop != '\r') ++stop;
  const char* last = stop;
  while (last > start && (last[-1] == ' ' || (last[-1] == '\t' && tab_is_blank_))) --last;
  at = stop;
  const Ending ending = after_cell(at);
  if (ending != Ending::kNeedMore) cells_.push_back({start, last, false, false});
  return ending;
}

CsvReader::Ending CsvReader::scan_quoted(const char*& at, const char* opening) {
  const char* content = opening + 1;
  bool doubled = false;
  const char* from = content;
  const char* closing = nullptr;
  for (;;) {
    closing = from == end_ ? nullptr
                           : static_cast<const char*>(
                                 std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
    if (closing == nullptr) {
      if (!blocks_.at_end() || cut()) return Ending::kNeedMore;
      fail_at(opening, "a quote that opens here is never closed",
              "close it, or double it where it is part of the text");
    }
    if (closing + 1 == end_ && !blocks_.at_end()) return Ending::kNeedMore;
    if (closing + 1 == end_ || closing[1] != '"') break;
    doubled = true;
    from = closing + 2;
  }
  at = closing + 1;
  while (at < end_ && (*at == ' ' || (*at == '\t' && tab_is_blank_))) ++at;
  if (at < end_ && *at != separator_ && *at != '\n' && *at != '\r') {
    fail_at(opening, "there is text after the closing quote of this cell",
            "double the quotes that are part of the text, or check data.separator");
  }
  const Ending ending = after_cell(at);
  if (ending != Ending::kNeedMore) cells_.push_back({content, closing, true, doubled});
  return ending;
}

CsvReader::Ending CsvReader::after_cell(const char*& at) const {
  if (at == end_) return blocks_.at_end() && !cut() ? Ending::kRecord : Ending::kNeedMore;
  if (*at == separator_) {
    ++at;
    return Ending::kCell;
  }
  if (*at == '\r') {
    if (at + 1 == end_ && !blocks_.at_end()) return Ending::kNeedMore;
    if (at + 1 < end_ && at[1] == '\n') ++at;
  }
  ++at;
  return Ending::kRecord;
}

std::string_view CsvReader::text(std::size_t index) {
  const Cell& cell = cells_[index];
  if (!cell.doubled) return cell.raw();
  scratch_.clear();
  for (const char* at = cell.begin; at < cell.end; ++at) {
    scratch_ += *at;
    if (*at == '"') ++at;
  }
  return scratch_;
}

void CsvReader::fail(std::size_t index, const std::string& message, const std::string& hint) const {
  fail_at(cells_[index].begin - (cells_[index].quoted ? 1 : 0), message, hint);
}

void CsvReader::fail_at(const char* place, const std::string& message,
                        const std::string& hint) const {
  const auto lines = std::count(record_, place, '\n');
  const char* line_start = place;
  while (line_start > record_ && line_start[-1] != '\n') --line_start;
  const std::int64_t first = record_ == begin_ ? next_line_ : line_;
  input_error(source().path(), first + lines, place - line_start + 1, message, hint);
}

}  // namespace dlwork::data
