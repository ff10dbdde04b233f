#include "dlwork/artefact/workspace.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "artefact/run_id.h"
#include "artefact/state_file.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace dlwork::artefact {
namespace {

namespace fs = std::filesystem;

bool is_finished(const fs::path& run) { return fs::exists(run / "result.json"); }

std::vector<std::string> folder_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;  // a folder that is not there has no entries
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    if (entry->is_directory() && !entry->is_symlink()) {
      names.push_back(entry->path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_named(const std::string& id, const std::string& name) {
  const std::string words = "-" + name;
  return id.starts_with(name) || (id.ends_with(words) && name.find('-') != std::string::npos);
}

[[noreturn]] void fail_to_find(const std::string& name, const std::string& problem,
                               const std::vector<std::string>& runs) {
  constexpr size_t kMostNamed = 10;
  const size_t first = runs.size() > kMostNamed ? runs.size() - kMostNamed : 0;
  const std::vector<std::string> newest(runs.begin() + static_cast<std::ptrdiff_t>(first),
                                        runs.end());
  const std::string hint = runs.empty() ? "no phase has run in this workspace yet"
                           : first > 0  ? "the newest runs are " + join_words(newest)
                                        : "there are " + join_words(newest);
  throw Error(ExitStatus::kUsage, problem + " '" + name + "'", hint);
}

}  // namespace

Workspace::Workspace(fs::path folder) : folder_(std::move(folder)) {}

void Workspace::prepare() const {
  make_folder(folder_);
  const fs::path ignore = folder_ / ".gitignore";
  if (!fs::exists(ignore)) write_file(ignore, "*\n");
}

RunFolder Workspace::new_run(const std::string& phase) {
  prepare();
  const fs::path parent = folder_ / phase;
  make_folder(parent);
  const std::vector<fs::path> before = runs(phase);
  const std::string newest = before.empty() ? "" : before.back().filename().string();
  for (;;) {
    const fs::path path = parent / new_run_id(newest);
    if (::mkdir(path.c_str(), 0777) == 0) return RunFolder(path, phase);
    if (errno != EEXIST) throw_errno("cannot make the folder", path);
  }
}

std::vector<fs::path> Workspace::runs(const std::string& phase) const {
  std::vector<fs::path> all;
  for (const std::string& name : folder_names(folder_ / phase)) {
    if (is_run_id(name)) all.push_back(folder_ / phase / name);
  }
  return all;
}

std::optional<RunFolder> Workspace::unfinished_run(const std::string& phase) const {
  const std::vector<fs::path> all = runs(phase);
  if (all.empty() || is_finished(all.back())) return std::nullopt;
  return RunFolder(all.back(), phase);
}

std::optional<fs::path> Workspace::latest_folder(const std::string& phase) const {
  const fs::path link = folder_ / phase / "latest";
  std::error_code problem;
  const fs::path target = fs::read_symlink(link, problem).filename();
  if (!problem && is_finished(link)) return folder_ / phase / target;
  // No link, or one to a run that was deleted.
  const std::vector<fs::path> all = runs(phase);
  const auto newest = std::find_if(all.rbegin(), all.rend(), is_finished);
  return newest == all.rend() ? std::nullopt : std::optional<fs::path>(*newest);
}

std::optional<PhaseResult> Workspace::latest(const std::string& phase) const {
  const std::optional<fs::path> run = latest_folder(phase);
  if (!run) return std::nullopt;
  const std::string file = (*run / "result.json").string();
  return result_from_json(parse_json(read_file(file), file), file);
}

fs::path Workspace::find_run(const std::string& name) const {
  std::vector<fs::path> found;
  std::vector<std::string> all;
  for (const std::string& phase : folder_names(folder_)) {
    if (name == phase + "/latest") {
      if (const auto run = latest_folder(phase)) return *run;
    }
    const bool in_phase = name.starts_with(phase + "/");
    const std::string wanted = in_phase ? name.substr(phase.size() + 1) : name;
    for (const fs::path& run : runs(phase)) {
      const std::string id = run.filename().string();
      all.push_back(phase + "/" + id);
      if (id == wanted) return run;
      if (!wanted.empty() && is_named(id, wanted)) found.push_back(run);
    }
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) fail_to_find(name, "no run is named", all);
  std::vector<std::string> candidates;
  for (const fs::path& run : found) {
    candidates.push_back(run.parent_path().filename().string() + "/" + run.filename().string());
  }
  fail_to_find(name, "several runs are named", candidates);
}

std::map<std::string, PhaseState> Workspace::states() const {
  return read_state(folder_ / "state.json").phases;
}

void Workspace::record(const std::string& phase, const PhaseState& phase_state) {
  prepare();
  State state = read_state(folder_ / "state.json");
  state.phases[phase] = phase_state;
  write_state(folder_ / "state.json", state);
}

std::int64_t Workspace::count_test_reading(const std::string& data_fingerprint) {
  prepare();
  State state = read_state(folder_ / "state.json");
  const std::int64_t count = ++state.test_readings[data_fingerprint];
  write_state(folder_ / "state.json", state);
  return count;
}

fs::path Workspace::cache_folder() {
  prepare();
  make_folder(folder_ / "cache");
  return folder_ / "cache";
}

}  // namespace dlwork::artefact
