#include "data/text_lines.h"

#include <algorithm>
#include <cstring>

#include "data/csv.h"
#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr std::size_t kTextBlock = 1u << 20;

}  // namespace

TextLines::TextLines(const std::string& path, std::size_t most_bytes)
    : source_(path),
      bytes_left_(most_bytes),
      limited_(most_bytes > 0),
      buffer_(limited_ ? std::min(most_bytes, kTextBlock) : kTextBlock) {
  begin_ = end_ = buffer_.data();
  refill();
  check_start();
}

void TextLines::check_start() {
  const std::string_view start(begin_, static_cast<std::size_t>(end_ - begin_));
  if (start.substr(0, 3) == "\xEF\xBB\xBF") {
    begin_ += 3;
  } else if (start.substr(0, 2) == "\xFF\xFE" || start.substr(0, 2) == "\xFE\xFF") {
    input_error(source_.path(), 1, 1, "the text is UTF-16 (its byte order mark says so)",
                "save it as UTF-8, for instance: iconv -f UTF-16 -t UTF-8 FILE");
  }
}

bool TextLines::refill() {
  if (at_end_) return false;
  const auto kept = static_cast<std::size_t>(end_ - begin_);
  if (kept == buffer_.size()) {
    if (kept >= kMostRecordBytes) {
      input_error(source_.path(), line_ + 1, 0,
                  "the line is longer than " + pretty_bytes(kMostRecordBytes),
                  "is this a text file with line ends?");
    }
    std::vector<char> larger(buffer_.size() * 2);
    std::memcpy(larger.data(), begin_, kept);
    buffer_.swap(larger);
  } else if (kept > 0) {
    std::memmove(buffer_.data(), begin_, kept);
  }
  begin_ = buffer_.data();
  std::size_t room = buffer_.size() - kept;
  if (limited_) room = std::min(room, bytes_left_);
  const std::size_t got = source_.read(buffer_.data() + kept, room);
  end_ = begin_ + kept + got;
  if (limited_) bytes_left_ -= got;
  if (got < buffer_.size() - kept || (limited_ && bytes_left_ == 0)) {
    at_end_ = true;
    char extra;
    cut_ = limited_ && got == room && source_.read(&extra, 1) == 1;
  }
  return true;
}

bool TextLines::next() {
  for (const char* from = begin_;;) {
    const char* stop =
        std::find_if(from, end_, [](char letter) { return letter == '\n' || letter == '\r'; });
    // A carriage return at the end of what is read may have its line feed behind it.
    const bool whole = stop != end_ && (*stop == '\n' || stop + 1 != end_ || at_end_);
    const bool last = at_end_ && stop == end_ && stop != begin_ && !cut_;
    if (whole || last) {
      text_ = {begin_, static_cast<std::size_t>(stop - begin_)};
      begin_ = stop;
      if (whole) begin_ += *stop == '\r' && stop + 1 != end_ && stop[1] == '\n' ? 2 : 1;
      ++line_;
      check_text();
      return true;
    }
    const auto seen = stop - begin_;
    if (!refill()) return false;
    from = begin_ + seen;
  }
}

void TextLines::check_text() const {
  const auto zero = text_.find('\0');
  if (zero == std::string_view::npos) return;
  fail(text_.data() + zero, "holds a NUL byte, so this is no text",
       "check that it is a text file in UTF-8");
}

void TextLines::fail(const char* place, const std::string& message, const std::string& hint) const {
  const std::int64_t column = place == nullptr ? 0 : place - text_.data() + 1;
  input_error(source_.path(), line_, column, message, hint);
}

}  // namespace dlwork::data
