#include "report/escape.h"

#include <algorithm>

#include "report/text_layout.h"

namespace dlwork::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// XML 1.0 (fifth edition), production 2: tab, line feed, carriage return, U+0020 to U+D7FF,
/// U+E000 to U+FFFD, U+10000 to U+10FFFF. Surrogates are no UTF-8 in the first place. C1 controls
/// are allowed but discouraged, and drive some terminals.
bool is_allowed_in_xml(const Character& character) {
  if (!character.valid) return false;
  const std::string_view bytes = character.bytes;
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) {
    return (first >= 0x20 && first != 0x7F) || first == '\t' || first == '\n' || first == '\r';
  }
  if (bytes.size() == 2 && first == 0xC2) return static_cast<unsigned char>(bytes[1]) >= 0xA0;
  return bytes != "\xEF\xBF\xBE" && bytes != "\xEF\xBF\xBF";
}

std::string_view entity(char character) {
  switch (character) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

std::string percent_encoded(std::string_view text, std::string_view characters) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : text) {
    if (characters.find(character) == std::string_view::npos) {
      encoded += character;
      continue;
    }
    const auto byte = static_cast<unsigned char>(character);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

/// Like `one_line`, but line breaks stay.
std::string printable(std::string_view text) {
  std::string lines;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\n' && text[i] != '\r') continue;
    lines += one_line(text.substr(begin, i - begin));
    if (i < text.size()) lines += text[i];
    begin = i + 1;
  }
  return lines;
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const Character next = first_character(text);
    const std::string_view named = entity(next.bytes[0]);
    escaped += !is_allowed_in_xml(next) ? kReplacement : named.empty() ? next.bytes : named;
    text.remove_prefix(next.bytes.size());
  }
  return escaped;
}

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]#|~!$";
  std::string escaped;
  for (const char character : one_line(text)) {
    const std::string_view named = entity(character);
    if (character != '\'' && character != '"' && !named.empty()) {
      escaped += named;
      continue;
    }
    if (kMarkup.find(character) != std::string_view::npos) escaped += '\\';
    escaped += character;
  }
  return escaped;
}

std::string markdown_code(std::string_view text) {
  const std::string line = one_line(text);
  size_t longest = 0, run = 0;
  for (const char character : line) {
    run = character == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string gap = longest > 0 || line.empty() ? " " : "";
  return fence + gap + line + gap + fence;
}

std::string annotation_message(std::string_view text) {
  return percent_encoded(printable(text), "%\r\n");
}

std::string annotation_property(std::string_view text) {
  return percent_encoded(printable(text), "%\r\n:,");
}

}  // namespace dlwork::report
