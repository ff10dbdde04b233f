#include <algorithm>

#include "cli/commands.h"
#include "cli/plan.h"
#include "cli/session.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

struct Removal {
  fs::path path;
  std::uint64_t bytes = 0;
};

std::uint64_t size_of(const fs::path& path) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
  }
  return bytes;
}

/// Runs that are neither among the newest `keep` finished ones nor unfinished and newest, and the
/// cache.
std::vector<Removal> find_removals(const artefact::Workspace& workspace, std::int64_t keep) {
  std::vector<Removal> removals;
  const auto states = workspace.states();
  for (const phase::PhaseInfo& info : phase::phases()) {
    const std::string name(info.name);
    std::vector<fs::path> runs = workspace.runs(name);
    std::reverse(runs.begin(), runs.end());
    std::int64_t finished = 0;
    for (size_t i = 0; i < runs.size(); ++i) {
      const bool is_finished = fs::exists(runs[i] / "result.json");
      if (is_finished) ++finished;
      const auto state = states.find(name);
      const bool recorded = state != states.end() && state->second.run == runs[i].filename();
      const bool stays = recorded || (is_finished ? finished <= keep : i == 0);
      if (!stays) removals.push_back({runs[i], size_of(runs[i])});
    }
  }
  const fs::path cache = workspace.folder() / "cache";
  if (fs::exists(cache)) removals.push_back({cache, size_of(cache)});
  return removals;
}

void remove(const Removal& removal) {
  std::error_code problem;
  fs::remove_all(removal.path, problem);
  if (problem) {
    throw Error(ExitStatus::kRuntime,
                "cannot remove " + removal.path.string() + ": " + problem.message());
  }
}

Json document_of(const std::vector<Removal>& removals, std::uint64_t total, bool dry) {
  Json document = {{"schema", "dlwork/clean/1"}, {"removed", !dry}, {"bytes", total}};
  document["paths"] = Json::array();
  for (const Removal& removal : removals) {
    document["paths"].push_back({{"path", removal.path.string()}, {"bytes", removal.bytes}});
  }
  return document;
}

}  // namespace

ExitStatus clean_command(Session& session) {
  artefact::Workspace workspace = session.workspace();
  const bool dry = session.has("dry-run");
  const std::int64_t keep = session.number("keep", 1, 1);
  std::unique_ptr<artefact::WorkspaceLock> lock;
  if (!dry && fs::exists(workspace.folder())) {
    lock = workspace.lock(join(session.line().line, " "));
  }
  const std::vector<Removal> removals = find_removals(workspace, keep);
  std::uint64_t total = 0;
  for (const Removal& removal : removals) {
    total += removal.bytes;
    if (!dry) remove(removal);
    if (!session.json()) {
      session.out() << (dry ? "would remove " : "removed ") << fs::proximate(removal.path).string()
                    << " (" << pretty_bytes(removal.bytes) << ")\n";
    }
  }
  if (session.json()) {
    session.print(document_of(removals, total, dry));
  } else {
    session.out() << (dry ? "Would free " : "Freed ") << pretty_bytes(total) << ".\n";
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
