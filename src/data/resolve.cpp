#include "dlwork/data/resolve.h"
#include "dlwork/spec/task_names.h"

#include <algorithm>
#include <utility>

#include "data/problem.h"
#include "data/target.h"

namespace dlwork::data {
namespace {

const spec::Analogy& named_analogy(const spec::Project& project) {
  std::vector<std::string> ids;
  for (const auto& analogy : spec::analogies()) {
    if (analogy.id != project.analogy) {
      ids.push_back(analogy.id);
      continue;
    }
    if (analogy.runnable) return analogy;
    usage_error(project, "analogy", analogy.id + " cannot be run by this version",
                "dlwork analogy lists those that can");
  }
  usage_error(project, "analogy", "there is no analogy " + project.analogy + " in the catalogue",
              suggest(project.analogy, ids));
}

void check_reduce(const spec::Project& project, Kind kind) {
  if (!project.data.reduce.given() || kind == Kind::kTable || kind == Kind::kImage) return;
  usage_error(project, "data.reduce",
              "principal components are made of tables and pictures, and these are of kind " +
                  to_string(kind),
              "take it out");
}

/// Keys that go by the loss of classes, where another is learned by. An analogy of classification
/// may be the nearest there is for another task: then what it would search of them is left out.
void check_classes(spec::Project& project) {
  if (project.task == spec::tasks::classification) return;
  const auto refuse = [&](const std::string& path) {
    const char* why = has_classes(project.task) ? "" : ", without classes";
    usage_error(project, path, "has no effect on the task " + project.task + why, "take it out");
  };
  const spec::Training usual;
  const std::pair<std::string, bool> keys[] = {
      {"training.label_smoothing", project.training.label_smoothing != usual.label_smoothing},
      {"training.class_weights", project.training.class_weights != usual.class_weights}};
  for (const auto& [key, set] : keys) {
    if (set) refuse(key);
    if (project.tune.space.count(key) == 0) continue;
    const std::string path = "tune.space." + key;
    const auto origin = project.origins.find(path);
    if (origin == project.origins.end() || origin->second.rfind("analogy ", 0) != 0) refuse(path);
    project.tune.space.erase(key);
    project.origins.erase(path);
  }
}

}  // namespace

Kind feature_kind(const spec::Project& project, Kind kind) {
  return project.data.reduce.given() ? Kind::kTable : kind;
}

Resolved resolve_project(const std::string& file, const std::vector<spec::Override>& overrides) {
  Resolved resolved;
  const spec::Project first = spec::load_project(file, overrides);
  resolved.analogy_chosen = !first.analogy.empty();
  const spec::Analogy* analogy = resolved.analogy_chosen ? &named_analogy(first) : nullptr;
  std::string task = first.task;
  std::string task_origin = "the data";
  if (task.empty() && analogy != nullptr) {
    task = analogy->task;
    task_origin = "analogy " + analogy->id;
  }
  spec::Project looked_at = first;  // with the task, for what needs no labels
  looked_at.task = task;
  resolved.probe = probe(looked_at);
  if (task.empty()) task = resolved.probe.task;
  if (task.empty()) {
    task = resolved.probe.target_is_class ? spec::tasks::classification : spec::tasks::regression;
  }
  check_reduce(first, resolved.probe.kind);
  const std::string kind = to_string(feature_kind(first, resolved.probe.kind));
  resolved.ranking = spec::rank_analogies(spec::analogies(), kind, task, first.question);
  if (analogy == nullptr) {
    const auto best = std::find_if(resolved.ranking.begin(), resolved.ranking.end(),
                                   [](const auto& ranked) { return ranked.analogy->runnable; });
    if (best == resolved.ranking.end()) {
      usage_error(first, "analogy",
                  "the catalogue has nothing runnable for " + task + " of " + kind + " data",
                  "set analogy to the id of the nearest entry, or describe model.layers");
    }
    analogy = best->analogy;
  }
  const Node fragment = spec::fragment_for(*analogy, kind, task);
  resolved.project = spec::load_project(file, overrides, &fragment);
  if (first.task.empty()) {
    resolved.project.task = task;
    resolved.project.origins["task"] = task_origin;
  }
  check_classes(resolved.project);
  if (!resolved.analogy_chosen) {
    resolved.project.analogy = analogy->id;
    resolved.project.origins["analogy"] = "best ranked";
  }
  return resolved;
}

}  // namespace dlwork::data
