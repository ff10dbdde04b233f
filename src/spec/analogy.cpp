#include <algorithm>
#include <map>

#include "dlwork/base/text.h"
#include "spec/reader.h"
#include "spec/validate.h"

namespace dlwork::embedded {
/// The files of configs/analogies, built in; see cmake/DlworkEmbed.cmake.
const std::vector<std::pair<std::string, std::string>>& analogies();
/// Those of configs/baselines: the `baseline` section for a kind of data and a task.
const std::vector<std::pair<std::string, std::string>>& baselines();
}  // namespace dlwork::embedded

namespace dlwork::spec {
namespace {

// The id is the file's name, so that an entry is found by looking for it.
std::string stem(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  return name.substr(0, name.rfind('.'));
}

// The fragment with a `baseline` section in the place of one that it has.
Node with_baseline(Node fragment, const Node& section) {
  if (fragment.is_null()) fragment.at = section.at;
  fragment.kind = Node::Kind::kMap;
  for (Node::Entry& entry : fragment.entries) {
    if (entry.key != "baseline") continue;
    entry.value = section;
    return fragment;
  }
  fragment.entries.push_back({"baseline", section.at, section});
  return fragment;
}

// A fragment must read over the defaults as it will be read under a project file.
void check_fragment(const Node& fragment, Diagnostics& problems) {
  Project project;
  Fields fields = fields_of(project);
  Record record;
  Reader(problems, record).read(fields, fragment, "");
  validate(project, record, fragment.at, problems);
}

// The `baseline` sections of configs/baselines, by the names of their files.
std::map<std::string, Node> read_baselines() {
  std::map<std::string, Node> sections;
  for (const auto& [file, text] : embedded::baselines()) {
    Diagnostics problems;
    Node section = parse_yaml(text, file, problems);
    if (problems.empty()) check_fragment(with_baseline({}, section), problems);
    if (!problems.empty()) throw Error(ExitStatus::kUsage, problems);
    sections.emplace(stem(file), std::move(section));
  }
  return sections;
}

// The smallest sensible network for a kind and a task; null where none is known.
const Node* smallest_network(const std::string& kind, const std::string& task) {
  static const std::map<std::string, Node> sections = read_baselines();
  const auto found = sections.find(kind + "-" + task);
  return found == sections.end() ? nullptr : &found->second;
}

// That of the entry's kind and task, where the entry brings none.
void lay_baseline(Analogy& analogy) {
  if (!analogy.runnable || analogy.project.find("baseline") != nullptr) return;
  const Node* section = smallest_network(analogy.kind, analogy.task);
  if (section != nullptr) analogy.project = with_baseline(std::move(analogy.project), *section);
}

}  // namespace

void describe(Analogy& analogy, Fields& f) {
  f.add("id", analogy.id, "Name of the entry, and of its file.").required();
  f.add("title", analogy.title, "A few words.").required();
  f.add("summary", analogy.summary, "What was learned from what.").required();
  f.add("kind", analogy.kind, "Kind of data.")
      .one_of({"table", "image", "sequence", "text", "audio", "environment"})
      .required();
  f.add("task", analogy.task, "What is learned.").required();
  f.add("runnable", analogy.runnable, "Whether this version can run it.");
  f.add("words", analogy.words, "Words that a matching question uses.");
  f.add("source", analogy.source, "Paper or data set.").required();
  f.add("expected", analogy.expected, "The figure others reached, and where it stands.");
  f.add("takes", analogy.takes, "What is taken over, and why.");
  f.add("project", analogy.project, "Project keys laid under the project file.");
}

Analogy read_analogy(const std::string& text, const std::string& file) {
  Diagnostics problems;
  const Node root = parse_yaml(text, file, problems);
  Analogy analogy;
  if (problems.empty()) {
    Fields fields = fields_of(analogy);
    Record record;
    Reader reader(problems, record);
    const Location top{file, 1, 1};
    reader.read(fields, root, "");
    reader.require(fields, "", top);
    if (!analogy.id.empty() && analogy.id != stem(file)) {
      problems.push_back({record.place("id", top), "id",
                          "is '" + analogy.id + "', but the file is named " + stem(file), ""});
    }
    check_fragment(analogy.project, problems);
  }
  if (!problems.empty()) throw Error(ExitStatus::kUsage, problems);
  return analogy;
}

const std::vector<Analogy>& analogies() {
  static const std::vector<Analogy> catalogue = [] {
    std::vector<Analogy> list;
    for (const auto& [file, text] : embedded::analogies()) list.push_back(read_analogy(text, file));
    for (Analogy& analogy : list) lay_baseline(analogy);
    std::sort(list.begin(), list.end(),
              [](const Analogy& a, const Analogy& b) { return a.id < b.id; });
    return list;
  }();
  return catalogue;
}

Node fragment_for(const Analogy& analogy, const std::string& kind, const std::string& task) {
  const Node* section = smallest_network(kind, task);
  const Node* present = analogy.project.find("baseline");
  const Node* laid = smallest_network(analogy.kind, analogy.task);
  const bool own = present != nullptr && (laid == nullptr || present->at.file != laid->at.file);
  if (section == nullptr || own) return analogy.project;
  return with_baseline(analogy.project, *section);
}

}  // namespace dlwork::spec
