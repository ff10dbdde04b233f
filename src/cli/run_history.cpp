#include "cli/run_history.h"

#include "dlwork/base/document.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostRuns = 12;
constexpr size_t kMostChanges = 6;

void flatten(const Json& json, const std::string& path, Values& values) {
  if (!json.is_object() || json.empty()) {
    values[path] = json.is_string() ? json.get<std::string>() : json_text(json);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    flatten(value, path.empty() ? key : path + "." + key, values);
  }
}

/// "training.epochs 3 (now 8), seed 2 (now 1)".
std::string changes(const Values& then, const Values& now) {
  std::vector<std::string> list;
  Values keys = then;
  keys.insert(now.begin(), now.end());
  const auto value = [](const Values& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string("not set") : found->second;
  };
  for (const auto& entry : keys) {
    const std::string before = value(then, entry.first), after = value(now, entry.first);
    if (before != after) list.push_back(entry.first + " " + before + " (now " + after + ")");
  }
  if (list.size() > kMostChanges) {
    const std::string more = std::to_string(list.size() - kMostChanges) + " more";
    list.resize(kMostChanges);
    list.push_back(more);
  }
  return join(list, ", ");
}

}  // namespace

Values flat_values(const Json& json) {
  Values values;
  flatten(json, "", values);
  return values;
}

Values run_settings(const fs::path& folder) { return SettingsReader().of(folder); }

const Values& SettingsReader::of(const fs::path& folder) {
  const std::string resolved = (folder / "resolved.yaml").string();
  const std::string text = read_file(resolved);
  const auto known = known_.find(text);
  if (known != known_.end()) return known->second;
  Diagnostics problems;
  const Node settings = parse_yaml(text, resolved, problems);
  if (!problems.empty()) throw Error(ExitStatus::kInput, problems);
  return known_.emplace(text, flat_values(to_json(settings))).first->second;
}

artefact::PhaseResult run_result(const fs::path& folder) {
  const std::string result = (folder / "result.json").string();
  return artefact::result_from_json(parse_json(read_file(result), result), result);
}

std::vector<report::ReportInput::Run> run_history(const artefact::Workspace& workspace,
                                                  const std::string& phase,
                                                  SettingsReader& settings) {
  std::vector<fs::path> finished;
  for (const fs::path& folder : workspace.runs(phase)) {
    if (fs::exists(folder / "result.json") && fs::exists(folder / "resolved.yaml")) {
      finished.push_back(folder);
    }
  }
  if (finished.size() > kMostRuns) {
    finished.erase(finished.begin(), finished.end() - kMostRuns);
  }
  std::vector<report::ReportInput::Run> history;
  if (finished.size() < 2) return history;
  const Values& now = settings.of(finished.back());
  for (const fs::path& folder : finished) {
    history.push_back(
        {folder.filename().string(), run_result(folder), changes(settings.of(folder), now)});
  }
  return history;
}

}  // namespace dlwork::cli
