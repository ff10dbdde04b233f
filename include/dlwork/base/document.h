#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dlwork/base/error.h"
#include "dlwork/base/json.h"

namespace dlwork {

/// A located tree: what a YAML file says, with the line and column of every key and value.
/// Anchors, aliases and merge keys (`<<`) are resolved; the explicit key wins over a merged one.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  Location at;
  std::string scalar;          ///< text as written, unquoted; for kScalar
  bool quoted = false;         ///< "1" stays a string, 1 is a number
  bool aliased = false;        ///< stands here as `*name`; its text is elsewhere
  std::vector<Node> items;     ///< for kSequence
  std::vector<Entry> entries;  ///< for kMap, in file order

  /// The value under `key`, or null when this is no map or has no such key.
  const Node* find(std::string_view key) const;
  bool is_null() const { return kind == Kind::kNull; }
};

struct Node::Entry {
  std::string key;
  Location key_at;
  Node value;
  bool merged = false;  ///< came in through `<<`
};

/// Parses one YAML document. Syntax errors, duplicate keys, documents that expand past
/// `kMaxDocumentNodes` through aliases, nest deeper than `kMaxDocumentDepth` or are longer than
/// `kMaxDocumentBytes`, and non-scalar keys are added to `problems`, with places. A block value
/// stands at its key. Columns count characters. An empty document is a null node.
Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& problems);
inline constexpr int kMaxDocumentNodes = 100'000;
inline constexpr int kMaxDocumentDepth = 200;
inline constexpr size_t kMaxDocumentBytes = 8 << 20;

/// The plain JSON value of a node by YAML 1.2 core rules (null, true/false, integers, floats).
Json to_json(const Node& node);

/// YAML text, in one line, that reads back as this string: plain where that is safe, otherwise
/// quoted. `text` must be UTF-8.
std::string yaml_string(std::string_view text);

/// YAML text with `path` (dotted keys) set to the scalar `value`, every other byte kept, comments
/// included. Missing parent maps are added. Throws Error(kUsage) where a parent is not a map, where
/// the value there is a map or list, and where the text is no valid YAML.
std::string with_yaml_value(const std::string& text, const std::string& path,
                            const std::string& value, const std::string& file);

}  // namespace dlwork
