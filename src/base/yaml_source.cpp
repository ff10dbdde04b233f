#include "base/yaml_source.h"

#include <algorithm>
#include <utility>

#include "dlwork/base/document.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlank = " \t\r\n";

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x7F || (byte < 0x20 && c != '\t' && c != '\n' && c != '\r');
}

}  // namespace

YamlSource::YamlSource(std::string_view text, std::string file)
    : text_(text), file_(std::move(file)) {
  if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    skipped_ = kByteOrderMark.size();
    text_.remove_prefix(skipped_);
  }
  for (std::size_t at = text_.find('\n'); at != npos; at = text_.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
}

std::optional<Diagnostic> YamlSource::unreadable() const {
  if (text_.size() > kMaxDocumentBytes) {
    return Diagnostic{
        {file_}, "", "larger than " + pretty_bytes(kMaxDocumentBytes), "this is no project file"};
  }
  const auto control = std::find_if(text_.begin(), text_.end(), is_control);
  if (control != text_.end()) {
    const auto at = static_cast<std::size_t>(control - text_.begin());
    return Diagnostic{place(at), "",
                      "a control character (byte " +
                          std::to_string(static_cast<unsigned char>(*control)) + ") in a text file",
                      "save the file as UTF-8 text"};
  }
  for (const std::size_t start : line_starts_) {
    const std::string_view line = text_.substr(start, text_.find('\n', start) - start);
    if (!is_utf8(line)) {
      return Diagnostic{{file_, place(start).line, 0},
                        "",
                        "bytes that are not UTF-8",
                        "save the file as UTF-8 text"};
    }
    const std::string_view mark = line.substr(0, 8);
    if (mark == "<<<<<<< " || mark == ">>>>>>> ") {
      return Diagnostic{place(start), "",
                        "an unsettled merge conflict ('" + std::string(mark.substr(0, 7)) + "')",
                        "keep one side of it"};
    }
  }
  return std::nullopt;
}

std::size_t YamlSource::line_start(std::size_t at) const {
  return *(std::upper_bound(line_starts_.begin(), line_starts_.end(), at) - 1);
}

Location YamlSource::place(std::size_t at) const {
  at = std::min(at, text_.size());
  const std::size_t start = line_start(at);
  const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
  const bool goes_on = start <= last_at_ && last_at_ <= at;
  const std::string_view before =
      goes_on ? text_.substr(last_at_, at - last_at_) : text_.substr(start, at - start);
  const auto step = std::count_if(before.begin(), before.end(), starts_character);
  last_column_ = (goes_on ? last_column_ : 1) + static_cast<int>(step);
  last_at_ = at;
  return {file_, static_cast<int>(line - line_starts_.begin()), last_column_};
}

std::size_t YamlSource::position(const Location& place) const {
  const auto line = static_cast<std::size_t>(std::max(place.line, 1) - 1);
  if (line >= line_starts_.size()) return text_.size();
  std::size_t at = line_starts_[line];
  for (int column = 1; column < place.column && at < text_.size(); ++column) {
    ++at;
    while (at < text_.size() && !starts_character(text_[at])) ++at;
  }
  return at;
}

std::size_t YamlSource::skip_properties(std::size_t at) const {
  while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
    at = std::min(text_.find_first_of(kBlank, at), text_.size());
    at = std::min(text_.find_first_not_of(kBlank, at), text_.size());
  }
  return at;
}

std::size_t YamlSource::end_of_quoted(std::size_t at) const {
  if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return at;
  const char quote = text_[at];
  for (std::size_t i = at + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text_.size() && text_[i + 1] == quote;
      if (!doubled) return i;
      ++i;
    }
  }
  return npos;
}

std::size_t YamlSource::find_open_quote(std::size_t at) const {
  at = text_.find_first_of("\"'", at);
  while (at != npos) {
    const std::size_t end = end_of_quoted(at);
    if (end == npos) return at;
    at = text_.find_first_of("\"'", end + 1);
  }
  return npos;
}

bool YamlSource::starts_null(std::size_t at) const {
  if (at >= text_.size()) return false;
  if (text_[at] == '&' || text_[at] == '!' || text_[at] == '~') return true;
  const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}:#", at), text_.size());
  const std::string_view word = text_.substr(at, end - at);
  return word == "null" || word == "Null" || word == "NULL";
}

std::size_t YamlSource::indenting_tab(std::size_t at) const {
  const std::size_t start = line_start(std::min(at, text_.size()));
  const std::size_t end = text_.find_first_not_of(" \t", start);
  const std::size_t tab = text_.find('\t', start);
  return tab != npos && end != npos && tab < end ? tab : npos;
}

}  // namespace dlwork
