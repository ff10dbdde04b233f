#pragma once

#include <memory>
#include <string>

#include "dlwork/artefact/result.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"
#include "dlwork/task/task.h"

namespace dlwork::phase {

/// All a phase may see. Phases never print; they return findings, metrics, figures and the next
/// step.
struct Context {
  const spec::Project& project;  ///< resolved, with the analogy's defaults laid under it
  const task::Task& task;
  artefact::Workspace& workspace;
  artefact::RunFolder& folder;
  RunContext& run;
  bool resume = false;
  std::string choose;            ///< `analogy --choose ID`

  /// Read once, on first use.
  const data::Dataset& dataset();

 private:
  std::unique_ptr<data::Dataset> dataset_;
};

using RunPhase = artefact::PhaseResult (*)(Context&);

/// The function of a phase; each stands in src/phase/<name>/<name>.cpp.
RunPhase find_phase(std::string_view name);

}  // namespace dlwork::phase
