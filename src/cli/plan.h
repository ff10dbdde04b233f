#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/phase/phase_info.h"

namespace dlwork::cli {

enum class Freshness { kNeverRun, kUpToDate, kStale };

/// How a phase's recorded result stands to the project and the data as they are now.
struct PhaseCheck {
  const phase::PhaseInfo* info = nullptr;
  Freshness freshness = Freshness::kNeverRun;
  std::vector<std::string> changed;  ///< inputs that differ: "training", "data files"
  artefact::PhaseState stored;       ///< of the newest finished run; empty when there is none
  bool failed() const { return freshness == Freshness::kUpToDate && stored.verdict == "fail"; }
};

/// "never run", "up to date", "stale: training changed", "failed".
std::string state_text(const PhaseCheck& check);

/// Compares the workspace with the project and its data, without the engine. Data are looked at
/// only where a result is recorded, so that a fresh project can be asked before its data are there.
class Plan {
 public:
  /// Throws Error(kUsage) for a faulty project. Without its data each phase that ran is stale.
  explicit Plan(Session& session);
  /// Reads the workspace anew: a phase that ran in between counts.
  PhaseCheck check(const phase::PhaseInfo& info);
  std::vector<PhaseCheck> check_all();
  /// project.name, or the name of its folder.
  std::string project_name() const;
  const spec::Project& project() const { return project_; }
  const artefact::Workspace& workspace() const { return workspace_; }
  /// The newest results, for the page.
  report::ReportInput report_input();
  /// Writes report/index.html; gives its path, relative where it can be.
  std::filesystem::path write_report(const report::ReportInput& input);

 private:
  void look_at_data();

  std::string file_;
  std::vector<spec::Override> overrides_;
  artefact::Workspace workspace_;
  spec::Project project_;
  bool looked_ = false;
  bool data_readable_ = true;
  std::string data_fingerprint_;
};

/// The first phase that is not done, or what the last one advises.
artefact::NextStep next_step(const std::vector<PhaseCheck>& checks);

}  // namespace dlwork::cli
