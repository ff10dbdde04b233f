#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/base/text.h"

namespace dlwork::report {

/// What is wrong with the nesting and quoting of XML or HTML text, or "". Strict: attributes are
/// double-quoted, `<`, `>` and `&` stand only where they mean something, every element that is not
/// void is closed in order. The contents of script and style are left alone.
inline std::string markup_problem(std::string_view text) {
  const std::vector<std::string_view> kVoid{"meta", "img", "br", "link", "input", "hr"};
  if (!is_utf8(text)) return "no UTF-8";
  std::vector<std::string> open;
  size_t at = 0;
  const auto where = [&](const std::string& what) {
    return what + " near: " + std::string(text.substr(at > 40 ? at - 40 : 0, 120));
  };
  while (at < text.size()) {
    if (text[at] == '>') return where("a bare >");
    if (text[at] == '&') {
      const size_t end = text.find(';', at);
      if (end == std::string_view::npos || end - at > 6) return where("a bare &");
      at = end + 1;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 && text[at] != '\n' && text[at] != '\t' && text[at] != '\r') {
      return where("a control character");
    }
    if (text[at] != '<') {
      ++at;
      continue;
    }
    if (text.substr(at).starts_with("<!DOCTYPE") || text.substr(at).starts_with("<?xml")) {
      at = text.find('>', at) + 1;
      continue;
    }
    const bool closes = text[at + 1] == '/';
    size_t end = at + (closes ? 2 : 1);
    const size_t name_begin = end;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '-'))
      ++end;
    const std::string name(text.substr(name_begin, end - name_begin));
    if (name.empty()) return where("a bare <");
    bool quoted = false;
    for (; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (text[end] == '<') return where("a < in a tag");
    }
    if (end == text.size()) return where("a tag that does not end");
    const bool is_empty = text[end - 1] == '/';
    if (closes) {
      if (open.empty() || open.back() != name) return where("</" + name + "> closes nothing");
      open.pop_back();
    } else if (!is_empty && std::find(kVoid.begin(), kVoid.end(), name) == kVoid.end()) {
      open.push_back(name);
    }
    at = end + 1;
    if (!closes && (name == "script" || name == "style")) at = text.find("</" + name, at);
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace dlwork::report
