#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dlwork::report {

/// The first character of `text`, which must not be empty: its bytes, and whether they are UTF-8
/// (a wrong byte stands alone).
struct Character {
  std::string_view bytes;
  bool valid;
};
Character first_character(std::string_view text);

/// `text` as one line of UTF-8 that cannot drive a terminal: line breaks and tabs become spaces,
/// other control characters and bytes that are no UTF-8 become U+FFFD, marks that turn the
/// direction of text are dropped.
std::string one_line(std::string_view text);

/// At most `width` columns; what is cut ends in an ellipsis. Width at least 1.
std::string cut(std::string_view text, int width);

/// Lines of at most `width` columns (at least 2), broken at spaces; longer words are broken
/// anywhere. Never empty.
std::vector<std::string> wrap(std::string_view text, int width);

/// Filled with spaces to `width` columns.
std::string pad_right(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);

/// `text` as often as asked: rules of box-drawing characters.
std::string repeated(std::string_view text, int times);

}  // namespace dlwork::report
