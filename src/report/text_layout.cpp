#include "report/text_layout.h"

#include <algorithm>

#include "dlwork/base/text.h"

namespace dlwork::report {
namespace {

constexpr std::string_view kUnknownCharacter = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "…";

bool is_control(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(bytes[1]) < 0xA0;  // U+0080 to U+009F
}

// U+2028 and U+2029 end a line in some programs.
bool is_break(std::string_view bytes) {
  return bytes == "\n" || bytes == "\r" || bytes == "\t" || bytes == "\xE2\x80\xA8" ||
         bytes == "\xE2\x80\xA9";
}

// U+202A to U+202E and U+2066 to U+2069 reorder what stands after them on the line.
bool turns_direction(std::string_view bytes) {
  if (bytes.size() != 3 || bytes[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(bytes[2]);
  if (bytes[1] == '\x80') return last >= 0xAA && last <= 0xAE;
  return bytes[1] == '\x81' && last >= 0xA6 && last <= 0xA9;
}

/// The longest beginning of `text` that fits, at least one character.
std::string_view fitting(std::string_view text, int width) {
  size_t end = 0;
  int used = 0;
  while (end < text.size()) {
    const Character next = first_character(text.substr(end));
    used += display_width(next.bytes);
    if (end > 0 && used > width) break;
    end += next.bytes.size();
  }
  return text.substr(0, end);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string_view::npos) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const std::string_view bytes = text.substr(0, size);
  if (bytes.size() == size && is_utf8(bytes)) return {bytes, true};
  return {text.substr(0, 1), false};
}

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    if (!next.valid) {
      line += kUnknownCharacter;
    } else if (is_break(next.bytes)) {
      line += ' ';
    } else if (is_control(next.bytes)) {
      line += kUnknownCharacter;
    } else if (!turns_direction(next.bytes)) {
      line += next.bytes;
    }
    text.remove_prefix(next.bytes.size());
  }
  return line;
}

std::string cut(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string_view kept;
  if (width > 1) kept = fitting(text, width - 1);
  // A wide character alone may not leave room for the ellipsis.
  if (display_width(kept) > width - 1) kept = {};
  return std::string(kept) + std::string(kEllipsis);
}

std::vector<std::string> wrap(std::string_view text, int width) {
  width = std::max(width, 2);
  std::vector<std::string> lines{""};
  int used = 0;
  for (std::string_view word : words_of(text)) {
    int needed = display_width(word);
    const bool too_long = needed > width;
    const int gap = used > 0 ? 1 : 0;
    const int left = width - used - gap;
    if (used > 0 && (too_long ? left < 2 : needed > left)) {
      lines.emplace_back();
      used = 0;
    } else if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    while (display_width(word) > width - used) {
      const std::string_view piece = fitting(word, width - used);
      lines.back() += piece;
      word.remove_prefix(piece.size());
      lines.emplace_back();
      used = 0;
    }
    lines.back() += word;
    used += display_width(word);
  }
  if (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

std::string pad_right(std::string_view text, int width) {
  const int missing = std::max(0, width - display_width(text));
  return std::string(text) + std::string(static_cast<size_t>(missing), ' ');
}

std::string pad_left(std::string_view text, int width) {
  const int missing = std::max(0, width - display_width(text));
  return std::string(static_cast<size_t>(missing), ' ') + std::string(text);
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace dlwork::report
