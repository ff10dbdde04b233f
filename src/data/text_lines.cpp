#include "data/text_lines.h"

#include <algorithm>

#include "data/problem.h"
#include "dlwork/base/text.h"

namespace dlwork::data {
TextLines::TextLines(const std::string& path, std::size_t most_bytes) : blocks_(path, most_bytes) {
  refill();
  blocks_.skip_byte_order_mark(begin_, end_);
}

bool TextLines::refill() {
  if (blocks_.at_end()) return false;
  if (blocks_.is_full(begin_, end_)) {
    input_error(source().path(), line_ + 1, 0,
                "the line is longer than " + pretty_bytes(kMostRecordBytes),
                "is this a text file with line ends?");
  }
  blocks_.more(begin_, end_);
  return true;
}

bool TextLines::next() {
  for (const char* from = begin_;;) {
    const char* stop =
        std::find_if(from, end_, [](char letter) { return letter == '\n' || letter == '\r'; });
    // A carriage return at the end of what is read may have its line feed behind it.
    const bool whole = stop != end_ && (*stop == '\n' || stop + 1 != end_ || blocks_.at_end());
    const bool last = blocks_.at_end() && stop == end_ && stop != begin_ && !cut();
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
  input_error(source().path(), line_, column, message, hint);
}

}  // namespace dlwork::data
