#include <filesystem>

#include "cli/commands.h"
#include "cli/init_data.h"
#include "cli/interview.h"
#include "cli/session.h"
#include "dlwork/base/document.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"

namespace dlwork::embedded {
/// configs/templates/*.yaml: file name and contents.
const std::vector<std::pair<std::string, std::string>>& project_templates();
}  // namespace dlwork::embedded

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kSchemaLine[] = "# yaml-language-server: $schema=.dlwork/project.schema.json\n";
/// Stands in a template where the classes go, once they are known.
constexpr char kClassesMark[] = "  # expect: {classes: [...]}  # every class that must be there";

struct Template {
  std::string name;
  std::string summary;  ///< its first line, a comment
  std::string text;     ///< the rest
};

std::vector<Template> templates() {
  std::vector<Template> list;
  for (const auto& [file, text] : embedded::project_templates()) {
    const size_t end = text.find('\n');
    list.push_back(
        {fs::path(file).stem().string(), trim(text.substr(1, end - 1)), text.substr(end + 1)});
  }
  return list;
}

Template find_template(const std::string& name) {
  std::vector<std::string> names;
  for (Template& item : templates()) {
    if (item.name == name) return item;
    names.push_back(item.name);
  }
  const std::string near = nearest(name, names);
  throw Error(ExitStatus::kUsage, "there is no template '" + name + "'",
              near.empty() ? "templates are " + join_words(names) : "did you mean '" + near + "'?");
}

ExitStatus list_templates(Session& session) {
  artefact::Table table;
  table.id = "templates";
  table.title = "Templates";
  table.columns = {"name", "for"};
  Json document = {{"schema", "dlwork/templates/1"}, {"templates", Json::array()}};
  for (const Template& item : templates()) {
    table.rows.push_back({item.name, item.summary});
    document["templates"].push_back({{"name", item.name}, {"for", item.summary}});
  }
  if (session.json()) {
    session.print(document);
  } else {
    session.out() << report::table_text(table, session.terminal());
  }
  return ExitStatus::kOk;
}

fs::path data_path(Session& session, const fs::path& folder) {
  if (session.has("data")) return session.value("data");
  const fs::path found = data_in_folder(folder);
  if (!found.empty()) return found;
  const std::string answer = can_ask(session) ? ask(session, "Where are the data?", "") : "";
  if (!answer.empty()) return answer;
  throw Error(ExitStatus::kUsage, "there are no data in " + folder.string(),
              "name them with --data PATH, or start from a template: `dlwork init --list`");
}

DataFacts look(Session& session, const fs::path& folder) {
  const fs::path path = data_path(session, folder);
  const std::string task = session.value("task");
  DataFacts facts = look_at_data(path, folder, session.value("target"), task);
  if (!facts.probe.target_by_place || !can_ask(session)) return facts;
  const std::string answer =
      ask(session, "Which column is to be learned? Columns: " + join(facts.probe.columns, ", "),
          facts.probe.target);
  return answer == facts.probe.target ? facts : look_at_data(path, folder, answer, task);
}

std::string task_of(Session& session, const data::Probe& probe) {
  const std::string supervised =
      probe.target_is_class ? spec::tasks::classification : spec::tasks::regression;
  return session.value("task", probe.task.empty() ? supervised : probe.task);
}

/// What templates of a task measure success by; "", the task's default, where none is of this task.
std::string metric_of(const std::string& task) {
  for (const Template& item : templates()) {
    const spec::Project project = spec::read_project(item.text, item.name, {});
    if (project.task == task) return project.goal.metric;
  }
  return "";
}

std::string template_of(Session& session, const DataFacts& facts) {
  if (session.has("template")) return session.value("template");
  const std::string task = task_of(session, facts.probe);
  if (task == spec::tasks::super_resolution) return "pictures-to-enlarge";
  if (facts.probe.kind == data::Kind::kTable) return "table-" + task;
  if (facts.probe.kind == data::Kind::kSequence) return "series";
  if (facts.probe.kind == data::Kind::kText) return "text-lines";
  return facts.sources.train.labels.empty() ? "pictures-in-folders" : "pictures-idx";
}

/// Sets keys of a template one after the other. A key that stands there in a comment
/// (`  # target: 0.9`) is set in its place.
class Filling {
 public:
  Filling(std::string text, std::string file) : text_(std::move(text)), file_(std::move(file)) {}
  void set(const std::string& path, const std::string& value) {
    uncomment(path);
    text_ = with_yaml_value(text_, path, value, file_);
  }
  void set(const std::string& path, const spec::Source& source) {
    if (!source.given()) return;
    uncomment(path);
    if (source.labels.empty()) return set(path, source.paths.front());
    set(path + ".path", source.paths.front());
    set(path + ".labels", source.labels);
  }
  void set_classes(const std::vector<std::string>& classes) {
    const size_t mark = text_.find(kClassesMark);
    if (mark == std::string::npos || classes.empty()) return;
    text_.replace(mark, sizeof kClassesMark - 1,
                  "  expect:\n    classes: " + json_text(Json(classes)));
  }
  const std::string& text() const { return text_; }

 private:
  /// `section.key` alone: deeper keys stand in no comment.
  void uncomment(const std::string& path) {
    const std::vector<std::string> parts = split(path, '.');
    const size_t section = text_.find("\n" + parts.front() + ":");
    if (parts.size() != 2 || section == std::string::npos) return;
    size_t end = section + 1;  // of the section: the next line that starts with a key
    while (end < text_.size() && (end == section + 1 || !std::isalpha(text_[end]))) {
      end = std::min(text_.find('\n', end), text_.size() - 1) + 1;
    }
    const size_t at = text_.find("\n  # " + parts[1] + ": ", section);
    if (at < end) text_.erase(at + 3, 2);
  }

  std::string text_;
  std::string file_;
};

std::string default_name(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  const std::string name =
      whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
  return name.empty() ? "project" : name;
}

void set_task(const std::string& task, Filling& filling) {
  filling.set("task", task);
  filling.set("goal.metric", metric_of(task));
}

void fill_from_data(Session& session, const DataFacts& facts, Filling& filling) {
  const std::string task = task_of(session, facts.probe);
  set_task(task, filling);
  filling.set("data.root", facts.root);
  filling.set("data.train", facts.sources.train);
  filling.set("data.validation", facts.sources.validation);
  filling.set("data.test", facts.sources.test);
  if (facts.probe.kind == data::Kind::kTable && !facts.probe.target.empty()) {
    filling.set("data.target", facts.probe.target);
  }
  // Only pictures' classes are known for certain: of a table no more than its start was read.
  if (facts.probe.kind == data::Kind::kImage && task == spec::tasks::classification) {
    filling.set_classes(facts.probe.classes);
  }
}

/// With a template alone the data's places stay as the template has them.
std::string fill(Session& session, const Template& chosen, const DataFacts* facts,
                 const fs::path& folder, const std::string& file) {
  Filling filling(kSchemaLine + chosen.text, file);
  filling.set("name", session.value("name", default_name(folder)));
  if (facts != nullptr) {
    fill_from_data(session, *facts, filling);
  } else {
    if (session.has("task")) set_task(session.value("task"), filling);
    if (session.has("target")) filling.set("data.target", session.value("target"));
  }
  for (const spec::Override& change : session.overrides()) filling.set(change.path, change.value);
  return filling.text();
}

/// What readiness will ask for first, as far as it is not there yet: "the question and
/// goal.target".
std::string still_to_write(const spec::Project& project) {
  std::vector<std::string> open;
  if (trim(project.question).empty()) open.push_back("the question");
  if (!project.goal.target) open.push_back("goal.target");
  if (project.goal.budget.time.seconds <= 0 && project.goal.budget.trials <= 0) {
    open.push_back("goal.budget");
  }
  return join_words(open);
}

void tell(Session& session, const DataFacts* facts, const spec::Project& project,
          const std::string& name) {
  const std::string& file = project.file;
  const std::string next = "dlwork readiness" + (file == "project.yaml" ? "" : " -p " + file);
  if (session.json()) {
    Json document = {
        {"schema", "dlwork/init/1"}, {"file", file}, {"template", name}, {"next", next}};
    if (facts != nullptr) {
      document["kind"] = data::to_string(facts->probe.kind);
      document["task"] = task_of(session, facts->probe);
      document["target"] = facts->probe.target;
      document["columns"] = facts->probe.columns;
      document["classes"] = facts->probe.classes;
    }
    session.print(document);
    return;
  }
  if (facts != nullptr) session.out() << "Found " << describe(facts->probe) << ".\n";
  const std::string open = still_to_write(project);
  session.out() << "Wrote " << file << " from the template " << name << ".\n"
                << (open.empty() ? "Next: " : "Write " + open + " into it, then: ") << next << '\n';
}

}  // namespace

ExitStatus init_command(Session& session) {
  if (session.has("list")) return list_templates(session);
  const auto& arguments = session.line().arguments;
  const fs::path folder = arguments.empty() ? "." : arguments.front();
  const std::string file = (folder / "project.yaml").lexically_normal().string();
  if (fs::exists(file) && !session.has("force")) {
    throw Error(
        ExitStatus::kUsage,
        Diagnostic{
            {file}, "", "it is there already; nothing was changed", "--force overwrites it"});
  }
  std::optional<DataFacts> facts;
  if (!session.has("template") || session.has("data")) facts = look(session, folder);
  const Template chosen =
      find_template(facts ? template_of(session, *facts) : session.value("template"));
  const DataFacts* known = facts ? &*facts : nullptr;
  const std::string text = fill(session, chosen, known, folder, file);
  // What is written must be accepted by the next command.
  const spec::Project project = spec::read_project(text, file, {});
  make_folder(folder);
  write_file(file, text);
  const fs::path workspace =
      artefact::Workspace(fs::absolute(folder) / ".dlwork").cache_folder().parent_path();
  write_file(workspace / "project.schema.json", json_text(spec::project_schema(), 2) + "\n");
  tell(session, known, project, chosen.name);
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
