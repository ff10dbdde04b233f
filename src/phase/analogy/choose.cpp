#include "phase/analogy/choose.h"

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::phase {
namespace {

std::string flow_text(const Node& node) {
  std::vector<std::string> parts;
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return node.scalar;
    case Node::Kind::kSequence:
      for (const Node& item : node.items) parts.push_back(flow_text(item));
      return "[" + join(parts, ", ") + "]";
    case Node::Kind::kMap:
      for (const auto& entry : node.entries)
        parts.push_back(entry.key + ": " + flow_text(entry.value));
      // A layer is a map of one key; its braces would only be in the way.
      return parts.size() == 1 ? parts.front() : "{" + join(parts, ", ") + "}";
  }
  return "";
}

void collect(const Node& node, const std::string& path, std::vector<LaidKey>& keys) {
  // The keys of tune.space are dotted paths themselves; it is shown as one.
  if (node.kind != Node::Kind::kMap || path == "tune.space") {
    if (!node.is_null()) keys.push_back({path, flow_text(node)});
    return;
  }
  for (const auto& entry : node.entries) {
    collect(entry.value, path.empty() ? entry.key : path + "." + entry.key, keys);
  }
}

}  // namespace

const spec::Analogy& find_analogy(const std::vector<spec::Analogy>& catalogue,
                                  const std::string& id) {
  std::vector<std::string> known;
  for (const spec::Analogy& analogy : catalogue) {
    if (analogy.id == id) return analogy;
    known.push_back(analogy.id);
  }
  const std::string near = nearest(id, known);
  throw Error(ExitStatus::kUsage, "--choose: there is no analogy '" + id + "'",
              near.empty() ? "known: " + join_words(known) : "did you mean '" + near + "'?");
}

std::string why_unfit(const spec::Analogy& analogy, const std::string& kind,
                      const std::string& task) {
  if (!analogy.runnable) return "this version cannot run it";
  if (analogy.kind != kind)
    return "it is for " + analogy.kind + " data, these are " + kind + " data";
  if (analogy.task != task) return "it is for " + analogy.task + ", the task is " + task;
  return "";
}

std::vector<LaidKey> laid_keys(const spec::Analogy& analogy) {
  std::vector<LaidKey> keys;
  collect(analogy.project, "", keys);
  return keys;
}

void write_choice(const std::string& project_file, const std::string& id) {
  write_file(project_file, with_yaml_value(read_file(project_file), "analogy", id, project_file));
}

}  // namespace dlwork::phase
