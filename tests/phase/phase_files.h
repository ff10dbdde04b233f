#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/artefact/fingerprint.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/phase/phase.h"
#include "dlwork/phase/phase_info.h"
#include "support/temporary_folder.h"

namespace dlwork::testing {

/// A table as text: the first row holds the names, the last column the class.
using Rows = std::vector<std::vector<std::string>>;

inline Rows read_rows(const std::filesystem::path& file) {
  Rows rows;
  for (std::string line : split(trim(read_file(file)), '\n'))
    rows.push_back(split(trim(line), ','));
  return rows;
}

inline std::string text_of(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) text += join(row, ",") + "\n";
  return text;
}

/// Runs a phase over files that a test writes, with the real tasks.
class PhaseOverFiles {
 public:
  PhaseOverFiles() : workspace_(folder_.path() / ".dlwork") {
    project.file = (folder_.path() / "project.yaml").string();
    project.data.root = folder_.path().string();
    project.data.train.paths = {"train.csv"};
    project.data.target = "y";
    project.task = "classification";
    project.goal.metric = "accuracy";
    project.goal.budget.trials = 1;
    project.readiness.folds = 0;  // each fold takes time; tests of folds ask for them
    write("project.yaml", "dlwork: 1\n");
  }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const auto file = folder_.path() / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(folder_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  artefact::PhaseResult run(const std::string& phase, const task::Task* task = nullptr) {
    return run_as(phase, phase::find_phase(phase), task);
  }
  /// The phase by a function of the test's.
  template <class RunPhase>
  artefact::PhaseResult run_as(const std::string& phase, const RunPhase& run_phase,
                               const task::Task* task = nullptr) {
    folder = std::make_unique<artefact::RunFolder>(workspace_.new_run(phase));
    RunContext run_context{reporter_, stop, "cpu", 2};
    phase::Context context{.project = project,
                           .task = task ? *task : task::find_task(project.task),
                           .workspace = workspace_,
                           .folder = *folder,
                           .run = run_context,
                           .dataset_fingerprint = "data",
                           .analogy_chosen = analogy_chosen,
                           .choose = choose,
                           .fix = fix,
                           .fix_to = fix_to,
                           .against = against};
    auto result = run_phase(context);
    result.verdict = artefact::verdict_of(result.findings);
    if (context.loaded) train_rows = context.loaded->part(data::Part::kTrain);
    return result;
  }

  /// Keeps a result as if its phase had just run.
  void keep(const artefact::PhaseResult& result) {
    artefact::RunFolder kept = workspace_.new_run(result.phase);
    kept.finish(result);
  }
  /// The same, of the data and settings that there are.
  void keep_current(const artefact::PhaseResult& result) {
    keep(result);
    artefact::PhaseState state;
    for (const phase::PhaseInfo& info : phase::phases()) {
      if (info.name != result.phase) continue;
      state.inputs = artefact::phase_inputs(info.name, info.sections, info.needs, project,
                                            workspace_.states(), "data");
    }
    workspace_.record(result.phase, state);
  }

  spec::Project project;
  bool analogy_chosen = true;
  std::string choose;
  bool fix = false;
  std::string fix_to;
  std::string against;
  StopFlag stop;
  std::unique_ptr<artefact::RunFolder> folder;
  std::vector<std::int64_t> train_rows;  ///< of the data that the phase read

 private:
  TemporaryFolder folder_;
  artefact::Workspace workspace_;
  SilentReporter reporter_;
};

/// All findings of an id.
inline std::vector<artefact::Finding> findings_of(const artefact::PhaseResult& result,
                                                  const std::string& id) {
  std::vector<artefact::Finding> found;
  for (const auto& finding : result.findings) {
    if (finding.id == id) found.push_back(finding);
  }
  return found;
}

/// The one finding of an id, or a failed test.
inline artefact::Finding the_finding(const artefact::PhaseResult& result, const std::string& id) {
  const auto found = findings_of(result, id);
  if (found.size() != 1) ADD_FAILURE() << found.size() << " findings " << id;
  return found.empty() ? artefact::Finding{} : found.front();
}

/// The figure of an id, or a failed test.
inline artefact::Figure the_figure(const artefact::PhaseResult& result, const std::string& id) {
  for (const auto& figure : result.figures) {
    if (figure.id == id) return figure;
  }
  ADD_FAILURE() << "no figure " << id;
  return {};
}
/// The table of an id, or a failed test.
inline artefact::Table the_table(const artefact::PhaseResult& result, const std::string& id) {
  for (const auto& table : result.tables) {
    if (table.id == id) return table;
  }
  ADD_FAILURE() << "no table " << id;
  return {};
}

}  // namespace dlwork::testing
