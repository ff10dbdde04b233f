#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "spec/reader.h"
#include "spec/validate.h"

namespace dlwork::spec {
namespace {

// In the order of the file; problems of the command line, which have no line, come last.
[[noreturn]] void fail(Diagnostics problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Diagnostic& a, const Diagnostic& b) {
    if ((a.at.line == 0) != (b.at.line == 0)) return b.at.line == 0;
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
  throw Error(ExitStatus::kUsage, std::move(problems));
}

// The value of an override: a YAML scalar or flow. A text key takes unquoted text as it stands.
Node parse_override(const Override& override, Project& project, Diagnostics& problems) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = override.value;
  node.at.file = override.origin;
  Fields fields = fields_of(project);
  const bool quoted = override.value.find_first_of("\"'") == 0;
  bool is_text = false;
  walk(fields, "", [&](const std::string& path, const Field& field) {
    if (std::holds_alternative<std::string*>(field.slot)) is_text |= path == override.path;
    const bool of_texts = std::holds_alternative<std::map<std::string, std::string>*>(field.slot);
    if (of_texts) is_text |= override.path.rfind(path + ".", 0) == 0;
  });
  if (override.value.empty() || (is_text && !quoted)) {
    node.quoted = override.value.empty();
    return node;
  }
  Diagnostics own;
  node = parse_yaml(override.value, override.origin, own);
  for (Diagnostic& problem : own) {
    problem.key = override.path;
    problem.at.line = 0;
    problems.push_back(std::move(problem));
  }
  return node;
}

// Places inside a value on the command line tell nothing: only which --set it was.
void place_at(Node& node, const std::string& file) {
  node.at = {file, 0, 0};
  for (Node& item : node.items) place_at(item, file);
  for (Node::Entry& entry : node.entries) {
    entry.key_at = {file, 0, 0};
    place_at(entry.value, file);
  }
}

void add_default_origins(const Fields& fields, std::map<std::string, std::string>& origins) {
  walk(fields, "", [&](const std::string& path, const Field& field) {
    if (field.group() == nullptr) origins.emplace(path, "default");
  });
}

}  // namespace

Project read_project(const std::string& text, const std::string& file,
                     const std::vector<Override>& overrides, const Node* analogy) {
  Diagnostics problems;
  const Node root = parse_yaml(text, file, problems);
  // What cannot be read as YAML says nothing of its keys; of a key given twice the first counts.
  if (!problems.empty() && root.is_null()) fail(problems);
  Project project;
  project.file = file;
  Fields fields = fields_of(project);
  Record record;
  if (analogy != nullptr) {
    Reader(problems, record, "analogy " + origin_of({analogy->at.file})).read(fields, *analogy, "");
    record.places.clear();  // what the file lacks is missing at the file's top
  }
  Reader(problems, record).read(fields, root, "");
  for (const Override& override : overrides) {
    const std::size_t before = problems.size();
    Node value = parse_override(override, project, problems);
    place_at(value, override.origin);
    if (problems.size() > before) continue;
    Reader(problems, record, override.origin).set(fields, override.path, value);
  }
  const Location top{file, 1, 1};
  if (root.is_null() && overrides.empty()) {
    problems.push_back({top, "", "the project file is empty", "`dlwork init` writes one"});
  } else {
    Reader(problems, record).require(fields, "", top);
  }
  validate(project, record, top, problems);
  if (!problems.empty()) fail(problems);
  project.origins = std::move(record.origins);
  project.places = std::move(record.places);
  add_default_origins(fields, project.origins);
  return project;
}

Project load_project(const std::string& file, const std::vector<Override>& overrides,
                     const Node* analogy) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {
    Diagnostics problems = error.diagnostics();
    for (Diagnostic& problem : problems) problem.hint = "`dlwork init` writes a project file";
    fail(problems);
  }
  return read_project(text, file, overrides, analogy);
}

Project with_override(const Project& base, const std::string& path, const Node& value) {
  Project project = base;
  Diagnostics problems;
  Record record;
  record.origins = std::move(project.origins);
  record.places = std::move(project.places);
  Fields fields = fields_of(project);
  Reader(problems, record, value.at.file.empty() ? "override" : "").set(fields, path, value);
  // The base was sound, so that whatever is wrong now is wrong at this value.
  if (problems.empty()) validate(project, record, value.at, problems);
  if (!problems.empty()) fail(problems);
  project.origins = std::move(record.origins);
  project.places = std::move(record.places);
  return project;
}

std::vector<std::string> combined_columns(const std::string& combination) {
  constexpr std::string_view kBetween = " x ";
  std::vector<std::string> names;
  std::size_t begin = 0;
  for (auto at = combination.find(kBetween); at != std::string::npos;
       at = combination.find(kBetween, begin)) {
    names.push_back(trim(combination.substr(begin, at - begin)));
    begin = at + kBetween.size();
  }
  names.push_back(trim(combination.substr(begin)));
  return names;
}

std::string data_path(const Project& project, const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path file = project.file.empty() ? "project.yaml" : project.file;
  const fs::path folder = fs::absolute(file).parent_path();
  static constexpr std::string_view kScheme = "sqlite:";
  if (path.compare(0, kScheme.size(), kScheme) != 0) {
    return (folder / project.data.root / path).lexically_normal().string();
  }
  const std::size_t query = std::min(path.find('?'), path.size());
  const std::string database = path.substr(kScheme.size(), query - kScheme.size());
  return std::string(kScheme) +
         (folder / project.data.root / database).lexically_normal().string() + path.substr(query);
}

}  // namespace dlwork::spec
