#include "spec/scalars.h"

#include <cmath>
#include <cstdlib>

#include "dlwork/base/text.h"

namespace dlwork::spec {
namespace {

Fault expected(const std::string& what, const Node& node, const std::string& hint = "") {
  return {"expected " + what + ", found " + found(node), hint};
}

Fault no_value() { return {"has no value", "leave the key out for its default"}; }

Fault check_range(const Field& field, const Node& node, double value) {
  if (field.range.holds(value)) return {};
  return {"must be " + field.range.text() + ", found " + node.scalar, ""};
}

// "012" is 10 to some YAML readers and 12 to others.
bool has_leading_zero(const std::string& text) {
  const std::size_t first = text.find_first_not_of("+-");
  return first != text.npos && first + 1 < text.size() && text[first] == '0' &&
         text[first + 1] >= '0' && text[first + 1] <= '9';
}

// Faults that all numbers share.
Fault check_number(const Node& node, const char* what) {
  if (node.is_null()) return no_value();
  if (node.kind != Node::Kind::kScalar) return expected(what, node);
  if (node.quoted) return expected(what, node, "take the quotes away");
  if (has_leading_zero(node.scalar)) {
    return expected(what, node, "a leading 0 is octal to some readers: leave it out");
  }
  const std::string text = lower(node.scalar);
  if (text.find(".inf") != text.npos || text.find(".nan") != text.npos) {
    return {"must be finite, found " + node.scalar, ""};
  }
  return {};
}

std::string quoted_choices(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices) {
    if (choice.empty()) continue;
    text += (text.empty() ? "" : ", ") + choice;
  }
  return text;
}

bool is_name(const std::string& text) {
  static constexpr const char* kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  return !text.empty() && text.find_first_not_of(kLetters) == text.npos &&
         !(text[0] >= '0' && text[0] <= '9');
}

}  // namespace

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
    case Node::Kind::kScalar:
      break;
  }
  return node.quoted ? "the text '" + node.scalar + "'" : "'" + node.scalar + "'";
}

Fault read_scalar(const Field&, const Node& node, bool& value) {
  if (node.is_null()) return no_value();
  if (node.kind != Node::Kind::kScalar) return expected("true or false", node);
  if (node.quoted) return expected("true or false", node, "take the quotes away");
  if (node.scalar == "true" || node.scalar == "false") {
    value = node.scalar == "true";
    return {};
  }
  const std::string text = lower(node.scalar);
  const bool yes = text == "yes" || text == "on" || text == "true" || text == "1";
  const bool no = text == "no" || text == "off" || text == "false" || text == "0";
  return expected("true or false", node, yes ? "write true" : no ? "write false" : "");
}

Fault read_scalar(const Field& field, const Node& node, std::int64_t& value) {
  if (Fault fault = check_number(node, "a whole number"); fault.any()) return fault;
  const auto read = parse_integer(node.scalar);
  if (!read) return expected("a whole number", node);
  if (Fault fault = check_range(field, node, static_cast<double>(*read)); fault.any()) return fault;
  value = *read;
  return {};
}

Fault read_scalar(const Field& field, const Node& node, double& value) {
  if (Fault fault = check_number(node, "a number"); fault.any()) return fault;
  const auto read = parse_number(node.scalar);
  if (!read) return expected("a number", node);
  if (Fault fault = check_range(field, node, *read); fault.any()) return fault;
  value = *read;
  return {};
}

Fault read_scalar(const Field& field, const Node& node, std::string& value) {
  if (node.is_null()) return no_value();
  if (node.kind != Node::Kind::kScalar) return expected("a text", node);
  std::string text = node.scalar;
  if (field.is_path) {
    if (Fault fault = replace_environment(text); fault.any()) return fault;
  }
  if (!field.choices.empty()) {
    bool is_known = false;
    for (const std::string& choice : field.choices) is_known = is_known || choice == text;
    if (!is_known) {
      const std::string near = nearest(text, field.choices);
      return {"must be one of " + quoted_choices(field.choices) + "; found '" + text + "'",
              near.empty() ? "" : "did you mean '" + near + "'?"};
    }
  }
  value = std::move(text);
  return {};
}

Fault read_scalar(const Field& field, const Node& node, Duration& value) {
  static constexpr double kLongest = 1e9;  // some 30 years; anything above is a slip
  static constexpr const char* kWhat = "a duration such as 90s, 30min or 1h30min";
  if (node.is_null()) return no_value();
  if (node.kind != Node::Kind::kScalar) return expected(kWhat, node);
  auto seconds = parse_duration(node.scalar);
  if (!seconds) {
    if (Fault fault = check_number(node, kWhat); fault.any()) return fault;
    seconds = parse_number(node.scalar);
  }
  if (!seconds) return expected(kWhat, node);
  if (*seconds < 0 || *seconds > kLongest) {
    return {"must be at least 0 and at most " + number_text(kLongest) + " s, found " + node.scalar,
            ""};
  }
  if (Fault fault = check_range(field, node, *seconds); fault.any()) return fault;
  value.seconds = *seconds;
  return {};
}

Fault read_scalar(const Field& field, const Node& node, Size& value) {
  static constexpr const char* kWhat = "a size such as 512MiB, 2GiB or 1.5GB";
  if (node.is_null()) return no_value();
  if (node.kind != Node::Kind::kScalar || has_leading_zero(node.scalar)) {
    return expected(kWhat, node);
  }
  const auto bytes = parse_bytes(node.scalar);
  if (!bytes) {
    const std::string longer = node.scalar + "iB";
    return expected(kWhat, node, parse_bytes(longer) ? "did you mean '" + longer + "'?" : "");
  }
  if (Fault fault = check_range(field, node, static_cast<double>(*bytes)); fault.any()) {
    return fault;
  }
  value.bytes = static_cast<std::int64_t>(*bytes);
  return {};
}

bool looks_like_amount(const Node& node) {
  if (node.kind != Node::Kind::kScalar || node.quoted || node.scalar.empty()) return false;
  std::string text = node.scalar;
  if (text.back() == '%') text.pop_back();
  return parse_number(trim(text)).has_value();
}

Fault read_amount(const Node& node, Amount& value) {
  std::string text = node.scalar;
  const bool is_percent = !text.empty() && text.back() == '%';
  if (is_percent) text = trim(std::string_view(text).substr(0, text.size() - 1));
  const auto number = parse_number(text);
  const std::string what = "a share such as 0.1 or 10%, or a count of rows";
  if (!number || has_leading_zero(text)) return expected(what, node);
  const double share = is_percent ? *number / 100 : *number;
  if (share > 0 && share < 1) {
    value = {share, true};
    return {};
  }
  if (is_percent || share <= 0) {
    return {"a share must be above 0 and below 1 (100%), found " + node.scalar, ""};
  }
  if (share != std::floor(share) || text.find('.') != text.npos || share > 1e15) {
    return expected(what, node, "shares are below 1, counts are whole");
  }
  value = {share, false};
  return {};
}

Fault replace_environment(std::string& text) {
  static const std::string kOpen = "${env:";
  for (std::size_t at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at)) {
    const std::size_t end = text.find('}', at);
    if (end == text.npos) return {"'${env:' is not closed by '}'", ""};
    const std::string inside = text.substr(at + kOpen.size(), end - at - kOpen.size());
    const std::size_t dash = inside.find(":-");
    const std::string name = inside.substr(0, dash);
    if (!is_name(name)) {
      return {"'" + name + "' is no name of an environment variable",
              "write ${env:NAME} or ${env:NAME:-default}"};
    }
    const char* set = std::getenv(name.c_str());
    if (set == nullptr && dash == inside.npos) {
      return {"the environment variable " + name + " is not set",
              "set it, or write ${env:" + name + ":-default}"};
    }
    const bool use_set = set != nullptr && (*set != '\0' || dash == inside.npos);
    const std::string value = use_set ? set : inside.substr(dash + 2);
    text.replace(at, end + 1 - at, value);
    at += value.size();
  }
  return {};
}

}  // namespace dlwork::spec
