#include "dlwork/base/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/yaml_source.h"
#include "dlwork/base/text.h"

namespace dlwork {
namespace {

// Thrown through the parser once a problem is noted that makes going on useless.
struct Stop {};

// A map or list whose end has not come yet.
struct Frame {
  Node node;
  std::size_t start = 0;
  YAML::anchor_t anchor = 0;
  bool flow = false;
  bool has_key = false;
  bool drop_value = false;  // of a key already reported
  std::string key;
  Location key_at;
  bool is_merge = false;
  int height = 1;
  std::unordered_map<std::string, int> lines;  // key -> line, to find duplicates
  std::unordered_set<std::string> merged;      // keys that came in through `<<`
};

struct Anchored {
  Node node;
  int size = 0;
  int height = 0;
};

int node_count(const Node& node) {
  int count = 1;
  for (const Node& item : node.items) count += node_count(item);
  for (const Node::Entry& entry : node.entries) count += node_count(entry.value);
  return count;
}

bool is_core_tag(const std::string& tag) {
  static const std::string kCore = "tag:yaml.org,2002:";
  static const std::vector<std::string> kNames{"str", "int", "float", "bool", "null", "map", "seq"};
  if (tag.empty() || tag == "?" || tag == "!") return true;
  if (tag.rfind(kCore, 0) != 0) return false;
  return std::find(kNames.begin(), kNames.end(), tag.substr(kCore.size())) != kNames.end();
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlSource& source, Diagnostics& problems)
      : source_(source), problems_(problems) {}

  Node take_root() { return std::move(root_); }
  /// Where the last event was, to look for the cause of a syntax error from there.
  std::size_t last_position() const { return last_; }
  /// Where the innermost open `[` or `{` stands, or npos.
  std::size_t open_flow() const {
    return !stack_.empty() && stack_.back().flow ? stack_.back().start : std::string_view::npos;
  }
  /// Where the last quoted text stands when it goes over several lines, or npos.
  std::size_t long_quote() const { return long_quote_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      fail(position(mark), "a second document starts here", "a file holds one document");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t at = position(mark);
    Node node;
    node.at = source_.starts_null(at) ? source_.place(at) : place_of_parent(at);
    add(std::move(node), anchor, at, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t at = position(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      fail(at, "the alias stands inside the value it names", "write the value out");
    }
    count(found->second.size, at);
    const int height = found->second.height;
    if (static_cast<int>(stack_.size()) + height > kMaxDocumentDepth) fail_depth(at);
    Node node = found->second.node;
    node.at = source_.place(at);
    node.aliased = true;
    add(std::move(node), 0, at, height);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::size_t at = position(mark);
    check_tag(tag, at);
    Node node;
    node.kind = Node::Kind::kScalar;
    node.at = source_.place(at);
    node.scalar = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (tag == "!") check_quote(at);
    add(std::move(node), anchor, at, 1);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Kind::kSequence, position(mark), tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Kind::kMap, position(mark), tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& message, const std::string& hint) {
    problems_.push_back({source_.place(at), "", message, hint});
    throw Stop();
  }
  [[noreturn]] void fail_depth(std::size_t at) {
    fail(at, "nested deeper than " + std::to_string(kMaxDocumentDepth) + " levels", "");
  }

  std::size_t position(const YAML::Mark& mark) {
    last_ = mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
    return last_;
  }

  void count(int nodes, std::size_t at) {
    nodes_ += nodes;
    if (nodes_ <= kMaxDocumentNodes) return;
    fail(at, "more than " + grouped(kMaxDocumentNodes) + " values once aliases are written out",
         "aliases may not multiply");
  }

  void check_tag(const std::string& tag, std::size_t at) {
    if (is_core_tag(tag)) return;
    problems_.push_back({source_.place(at), "", "the tag '" + tag + "' is not known",
                         "leave it out, or quote text that starts with '!'"});
  }

  // yaml-cpp takes the end of the file for the closing quote.
  void check_quote(std::size_t at) {
    const std::size_t quote = source_.skip_properties(at);
    const std::size_t end = source_.end_of_quoted(quote);
    if (end == std::string_view::npos) {
      fail(quote, "the quote that opens here is not closed", "");
    }
    if (source_.place(quote).line != source_.place(end).line) long_quote_ = quote;
  }

  Location place_of_parent(std::size_t at) const {
    if (stack_.empty()) return source_.place(at);
    return stack_.back().has_key ? stack_.back().key_at : stack_.back().node.at;
  }

  void open(Node::Kind kind, std::size_t at, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    check_tag(tag, at);
    if (static_cast<int>(stack_.size()) >= kMaxDocumentDepth) fail_depth(at);
    Frame frame;
    frame.flow = style == YAML::EmitterStyle::Flow;
    frame.node.kind = kind;
    // The parser's mark of a block value is its first child; its key is what a reader looks for.
    const bool under_key = !frame.flow && !stack_.empty() && stack_.back().has_key;
    frame.node.at = under_key ? stack_.back().key_at : source_.place(at);
    frame.start = at;
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    if (!frame.merged.empty()) {
      std::erase_if(frame.node.entries, [&frame](const Node::Entry& entry) {
        return entry.merged && frame.lines.count(entry.key) > 0;  // the explicit key wins
      });
    }
    add(std::move(frame.node), frame.anchor, frame.start, frame.height);
  }

  void add(Node node, YAML::anchor_t anchor, std::size_t at, int height) {
    count(1, at);
    if (anchor != 0) {
      const int size = node_count(node);
      count(size, at);  // the copy kept for its aliases
      anchors_[anchor] = {node, size, height};
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = stack_.back();
    parent.height = std::max(parent.height, height + 1);
    if (parent.node.kind == Node::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      begin_entry(parent, node);
    } else {
      end_entry(parent, std::move(node));
    }
  }

  void begin_entry(Frame& map, const Node& key) {
    map.has_key = true;
    map.drop_value = false;
    map.key = key.scalar;
    map.key_at = key.at;
    map.is_merge = key.scalar == "<<" && !key.quoted;
    if (key.kind != Node::Kind::kScalar) {
      const bool is_null = key.is_null();
      problems_.push_back({key.at, "", is_null ? "a key is empty" : "a key is a map or a list",
                           "a key is a word or a number"});
      map.drop_value = true;
      return;
    }
    const auto [earlier, fresh] = map.lines.emplace(key.scalar, key.at.line);
    if (fresh) return;
    problems_.push_back({key.at, key.scalar,
                         "duplicate key, first given in line " + std::to_string(earlier->second),
                         "keep one of the two"});
    map.drop_value = true;
  }

  void end_entry(Frame& map, Node value) {
    map.has_key = false;
    if (map.drop_value) return;
    if (map.is_merge) {
      merge(map, std::move(value));
      return;
    }
    map.node.entries.push_back({map.key, map.key_at, std::move(value), false});
  }

  void merge(Frame& map, Node value) {
    std::vector<Node> sources;
    if (value.kind == Node::Kind::kSequence) {
      sources = std::move(value.items);
    } else {
      sources.push_back(std::move(value));
    }
    for (Node& source : sources) {
      if (source.kind != Node::Kind::kMap) {
        problems_.push_back(
            {source.at, "<<", "only a map or a list of maps can be merged", "as in '<<: *name'"});
        return;
      }
      for (Node::Entry& entry : source.entries) {
        if (!map.merged.insert(entry.key).second) continue;  // the earlier source wins
        entry.merged = true;
        map.node.entries.push_back(std::move(entry));
      }
    }
  }

  const YamlSource& source_;
  Diagnostics& problems_;
  Node root_;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  int nodes_ = 0;
  int documents_ = 0;
  std::size_t last_ = 0;
  std::size_t long_quote_ = std::string_view::npos;
};

// Reads memory without copying it.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only read
    setg(begin, begin, begin + text.size());
  }
};

struct Wording {
  const char* parser;  // how yaml-cpp's text begins
  const char* message;
  const char* hint;
};
constexpr Wording kWordings[] = {
    {"illegal map value", "a ':' where no key can stand",
     "check the indentation; quote text that holds ': '"},
    {"illegal block entry", "a '- ' where no list item can stand", "check the indentation"},
    {"end of map not found", "this line does not fit the keys above it", "check the indentation"},
    {"end of sequence not found", "this line does not fit the list above it",
     "check the indentation"},
    {"illegal flow end", "a ']' or '}' that closes nothing", ""},
    {"unknown token", "a character that cannot start a value",
     "quote text that starts with @, %, ` or a tab"},
    {"the referenced anchor", "the alias names no anchor above it", "define it as '&name' first"},
    {"illegal EOF in scalar", "a quote is not closed before the end of the file", ""},
};

// A syntax error in our words, at the place a person has to look at.
Diagnostic syntax_error(const YamlSource& source, const TreeBuilder& builder,
                        const YAML::Exception& problem) {
  constexpr auto kNowhere = std::string_view::npos;
  std::size_t at = problem.mark.pos < 0 ? 0 : static_cast<std::size_t>(problem.mark.pos);
  const std::string& said = problem.msg;
  if (const std::size_t tab = source.indenting_tab(at); tab != kNowhere) {
    return {source.place(tab), "", "a tab in the indentation", "indent with spaces"};
  }
  if (said.find("flow not found") != std::string::npos && builder.open_flow() != kNowhere) {
    const std::size_t open = builder.open_flow();
    const std::string bracket(1, source.text()[source.skip_properties(open)]);
    return {source.place(open), "", "the '" + bracket + "' that opens here is not closed", ""};
  }
  if (said.rfind("illegal EOF", 0) == 0) {
    const std::size_t quote = source.find_open_quote(builder.last_position());
    if (quote != kNowhere) {
      return {source.place(quote), "", "the quote that opens here is not closed", ""};
    }
  }
  Diagnostic result{source.place(at), "", "not valid YAML: " + said, ""};
  for (const Wording& wording : kWordings) {
    if (said.rfind(wording.parser, 0) != 0) continue;
    result.message = std::string("not valid YAML: ") + wording.message;
    result.hint = wording.hint;
  }
  if (builder.long_quote() != kNowhere) {
    result.hint = "the quote opened in line " +
                  std::to_string(source.place(builder.long_quote()).line) + " may not be closed";
  }
  return result;
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& problems) {
  const YamlSource source(text, file);
  Node nothing;
  nothing.at = {file, 1, 1};
  if (auto problem = source.unreadable()) {
    problems.push_back(std::move(*problem));
    return nothing;
  }
  TreeBuilder builder(source, problems);
  try {
    ViewBuffer buffer(source.text());
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return nothing;
  } catch (const YAML::Exception& problem) {
    problems.push_back(syntax_error(source, builder, problem));
    return nothing;
  }
  Node root = builder.take_root();
  if (root.is_null()) return nothing;
  return root;
}

}  // namespace dlwork
