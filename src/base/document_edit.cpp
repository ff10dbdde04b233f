#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/yaml_source.h"
#include "dlwork/base/document.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

constexpr std::size_t kIndent = 2;

// A part of the text to be written anew; an empty part is an insertion.
struct Change {
  std::size_t at = 0;
  std::size_t end = 0;
  std::string text;
};

Node parse_or_throw(const std::string& text, const std::string& file) {
  Diagnostics problems;
  Node root = parse_yaml(text, file, problems);
  if (!problems.empty()) throw Error(ExitStatus::kUsage, problems);
  return root;
}

class Editor {
 public:
  Editor(const std::string& text, const std::string& path, const std::string& value,
         const std::string& file)
      : source_(text, file),
        text_(source_.text()),
        line_end_(text.find("\r\n") == std::string::npos ? "\n" : "\r\n"),
        path_(path),
        value_(value.empty() ? "\"\"" : plain_or_quoted(value)),
        root_(parse_or_throw(text, file)) {}

  Change change() {
    const std::vector<std::string> parts = split(path_, '.');
    const Node* map = &root_;
    const Node::Entry* under = nullptr;  // the entry that holds `map`
    for (std::size_t i = 0; i < parts.size(); ++i) {
      check_is_map(*map, under);
      const Node::Entry* entry = own_entry(*map, parts[i]);
      if (entry == nullptr) return insert(*map, under, parts, i);
      if (i + 1 == parts.size()) return replace(*map, *entry);
      under = entry;
      map = &entry->value;
    }
    fail(root_.at, "is empty", "name a key");
  }

 private:
  [[noreturn]] void fail(const Location& at, const std::string& message,
                         const std::string& hint) const {
    throw Error(ExitStatus::kUsage, Diagnostic{at, path_, message, hint});
  }
  [[noreturn]] void fail_by_hand(const Location& at, const std::string& why) const {
    fail(at, why, "write '" + path_ + ": " + value_ + "' by hand");
  }

  // Numbers and booleans are meant as such; text is quoted where YAML needs it.
  static std::string plain_or_quoted(const std::string& value) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = value;
    return to_json(node).is_string() ? yaml_string(value) : value;
  }

  void check_is_map(const Node& node, const Node::Entry* under) const {
    if (node.aliased) fail_by_hand(node.at, "leads through an alias");
    if (node.kind == Node::Kind::kMap || node.is_null()) return;
    const std::string name = under == nullptr ? "the document" : "'" + under->key + "'";
    fail(under == nullptr ? node.at : under->key_at, name + " is no map of keys", "");
  }

  static const Node::Entry* own_entry(const Node& map, const std::string& key) {
    for (const Node::Entry& entry : map.entries) {
      if (entry.key == key && !entry.merged) return &entry;
    }
    return nullptr;
  }

  bool is_flow(const Node& map) const {
    const std::size_t at = source_.skip_properties(source_.position(map.at));
    return map.kind == Node::Kind::kMap && at < text_.size() && text_[at] == '{';
  }

  // Behind the ':' of a key.
  std::size_t after_colon(const Node::Entry& entry) const {
    const std::size_t key = source_.skip_properties(source_.position(entry.key_at));
    const bool quoted = text_[key] == '"' || text_[key] == '\'';
    std::size_t at = quoted ? source_.end_of_quoted(key) + 1 : key + entry.key.size();
    at = std::min(text_.find_first_not_of(" \t", at), text_.size());
    if (at >= text_.size() || text_[at] != ':') fail_by_hand(entry.key_at, "is written unusually");
    return at + 1;
  }

  std::size_t line_end(std::size_t at) const {
    const std::size_t end = std::min(text_.find('\n', at), text_.size());
    return end > at && text_[end - 1] == '\r' ? end - 1 : end;
  }

  Change replace(const Node& map, const Node::Entry& entry) const {
    const Node& old = entry.value;
    const bool is_nested = old.kind == Node::Kind::kMap || old.kind == Node::Kind::kSequence;
    if (is_nested && !old.aliased) {
      fail(entry.key_at, "is a map or a list, not one value", "");
    }
    const std::size_t colon = after_colon(entry);
    const std::size_t at = source_.position(old.at);
    const bool written = at >= colon && (!old.is_null() || source_.starts_null(at));
    if (!written) return {colon, colon, " " + value_};
    return {at, end_of_scalar(map, entry, at), value_};
  }

  // Just behind the value that starts at `at`.
  std::size_t end_of_scalar(const Node& map, const Node::Entry& entry, std::size_t at) const {
    const std::size_t first = source_.skip_properties(at);
    if (first >= text_.size()) return text_.size();
    if (text_[first] == '"' || text_[first] == '\'') return source_.end_of_quoted(first) + 1;
    const bool flow = is_flow(map);
    std::size_t end = line_end(first);
    if (flow) end = std::min(end, text_.find_first_of(",}", first));
    const std::size_t comment = text_.substr(first, end - first).find(" #");
    const bool block = text_[first] == '|' || text_[first] == '>';
    if (!block && comment != std::string_view::npos) return trim_back(first, first + comment);
    if (!flow) end = end_of_deeper_lines(end, static_cast<std::size_t>(entry.key_at.column));
    return trim_back(first, end);
  }

  std::size_t trim_back(std::size_t begin, std::size_t end) const {
    while (end > begin && std::string_view(" \t\r\n").find(text_[end - 1]) != text_.npos) --end;
    return end;
  }

  // A text that goes on in the next lines does so further in than its key (column from 1).
  std::size_t end_of_deeper_lines(std::size_t end, std::size_t key_column) const {
    for (std::size_t next = text_.find('\n', end); next != text_.npos;) {
      const std::size_t start = next + 1;
      const std::size_t word = text_.find_first_not_of(" \r\n", start);
      if (word == text_.npos) break;
      const std::size_t line = text_.rfind('\n', word) + 1;
      if (word - line < key_column) break;
      end = line_end(word);
      next = text_.find('\n', end);
    }
    return end;
  }

  Change insert(const Node& map, const Node::Entry* under, const std::vector<std::string>& parts,
                std::size_t first) const {
    if (is_flow(map)) return insert_in_flow(map, parts, first);
    if (under == nullptr) return append(map, parts, first);
    const std::size_t colon = after_colon(*under);
    const std::size_t at = source_.position(map.at);
    if (map.is_null() && at >= colon && source_.starts_null(at)) {
      return {at, trim_back(at, std::min(text_.find_first_of("\r\n,}#", at), text_.size())),
              "{" + flow_text(parts, first) + "}"};
    }
    const std::size_t end = line_end(colon);
    return {end, end, line_end_ + block_text(parts, first, child_indent(*under, end))};
  }

  Change insert_in_flow(const Node& map, const std::vector<std::string>& parts,
                        std::size_t first) const {
    const std::size_t at = source_.skip_properties(source_.position(map.at)) + 1;
    return {at, at, flow_text(parts, first) + (map.entries.empty() ? "" : ", ")};
  }

  Change append(const Node& map, const std::vector<std::string>& parts, std::size_t first) const {
    std::size_t indent = 0;
    for (const Node::Entry& entry : map.entries) {
      if (!entry.merged) indent = static_cast<std::size_t>(entry.key_at.column) - 1;
    }
    const bool open_line = !text_.empty() && text_.back() != '\n';
    return {text_.size(), text_.size(),
            (open_line ? line_end_ : "") + block_text(parts, first, indent) + line_end_};
  }

  // The indentation of what already stands under a key, or two more than the key's own.
  std::size_t child_indent(const Node::Entry& under, std::size_t end) const {
    const auto own = static_cast<std::size_t>(under.key_at.column) - 1;
    for (std::size_t next = text_.find('\n', end); next != text_.npos;) {
      const std::size_t line = next + 1;
      const std::size_t word = text_.find_first_not_of(' ', line);
      if (word == text_.npos) break;
      next = text_.find('\n', word);
      if (text_[word] == '#' || text_[word] == '\n' || text_[word] == '\r') continue;
      if (word - line > own) return word - line;
      break;
    }
    return own + kIndent;
  }

  std::string block_text(const std::vector<std::string>& parts, std::size_t first,
                         std::size_t indent) const {
    std::string text;
    for (std::size_t i = first; i < parts.size(); ++i) {
      if (i > first) text += line_end_;
      text += std::string(indent + kIndent * (i - first), ' ') + yaml_string(parts[i]) + ":";
    }
    return text + " " + value_;
  }

  std::string flow_text(const std::vector<std::string>& parts, std::size_t first) const {
    std::string text = yaml_string(parts.back()) + ": " + value_;
    for (std::size_t i = parts.size() - 1; i > first; --i) {
      text = yaml_string(parts[i - 1]) + ": {" + text + "}";
    }
    return text;
  }

  YamlSource source_;
  std::string_view text_;
  std::string line_end_;
  std::string path_;
  std::string value_;
  Node root_;
};

// What the document must say after the change.
void set(Json& json, const std::vector<std::string>& parts, const Json& value) {
  Json* at = &json;
  for (const std::string& part : parts) {
    if (at->is_null()) *at = Json::object();
    at = &(*at)[part];
  }
  *at = value;
}

}  // namespace

std::string with_yaml_value(const std::string& text, const std::string& path,
                            const std::string& value, const std::string& file) {
  const Change change = Editor(text, path, value, file).change();
  std::string changed = text;
  const std::size_t skipped = YamlSource(text, file).skipped();
  changed.replace(change.at + skipped, change.end - change.at, change.text);

  // Unusual layouts are found out by reading the result, never written wrongly.
  Node scalar;
  scalar.kind = Node::Kind::kScalar;
  scalar.scalar = value;
  scalar.quoted = value.empty();
  const std::vector<std::string> parts = split(path, '.');
  nlohmann::json wanted;  // compared without regard to the order of keys
  Json before = to_json(parse_or_throw(text, file));
  set(before, parts, to_json(scalar));
  wanted = nlohmann::json::parse(json_text(before));
  Diagnostics problems;
  const Node after = parse_yaml(changed, file, problems);
  if (!problems.empty() || nlohmann::json::parse(json_text(to_json(after))) != wanted) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{file},
                           path,
                           "cannot be set here without changing more of the file",
                           "write it by hand"});
  }
  return changed;
}

}  // namespace dlwork
