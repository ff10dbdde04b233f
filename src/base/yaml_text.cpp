#include <algorithm>
#include <cmath>
#include <cstdio>

#include "dlwork/base/document.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// "0x1F" and "0o17" of the core schema.
std::optional<std::int64_t> based_integer(const std::string& text) {
  const int base = text.rfind("0x", 0) == 0 ? 16 : text.rfind("0o", 0) == 0 ? 8 : 0;
  if (base == 0 || text.size() < 3 || text.size() > 17) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : lower(text.substr(2))) {
    const int digit = c >= 'a' ? c - 'a' + 10 : c - '0';
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

Json plain_scalar(const std::string& text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (const auto integer = parse_integer(text)) return *integer;
  if (const auto based = based_integer(text)) return *based;
  if (const auto number = parse_number(text)) return *number;
  const std::string unsigned_text =
      !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"})) {
    return text[0] == '-' ? -INFINITY : INFINITY;
  }
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return NAN;
  return text;
}

// Words other YAML readers take for booleans, though this one does not.
bool reads_as_something_else(const std::string& text) {
  if (!plain_scalar(text).is_string()) return true;
  return is_one_of(lower(text), {"yes", "no", "on", "off", "true", "false", "null"});
}

bool plain_is_safe(const std::string& text) {
  if (text.empty() || reads_as_something_else(text)) return false;
  static constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@` =<~";
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos) return false;
  // Brackets, commas and, to yaml-cpp, `?]` end a plain text inside [..] and {..}.
  return text.find_first_of(",[]{}?\"\n\r\t") == std::string::npos &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return nullptr;
    case Node::Kind::kScalar:
      return node.quoted ? Json(node.scalar) : plain_scalar(node.scalar);
    case Node::Kind::kSequence: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::kMap:
      break;
  }
  Json map = Json::object();
  for (const Node::Entry& entry : node.entries) map[entry.key] = to_json(entry.value);
  return map;
}

std::string yaml_string(std::string_view text) {
  const std::string plain(text);
  if (plain_is_safe(plain)) return plain;
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02X", static_cast<unsigned>(byte));
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace dlwork
