#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dlwork/artefact/result.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"
#include "dlwork/data/survey.h"
#include "dlwork/spec/project.h"
#include "dlwork/task/task.h"

namespace dlwork::phase {

/// What the fits of a phase took together.
struct Profile {
  bool wanted = false;  ///< --profile
  std::int64_t fits = 0, steps = 0;
  double seconds = 0;
  double range_test = 0;  ///< seconds of tests of learning rates, beside those of fits
  training::FitTimes times;
  std::string path;                   ///< of the last one
  std::string feeding{};              ///< of the last one: how its batches came
  std::vector<std::string> traced{};  ///< labels of those with a trace, in order
};

/// All a phase may see. Phases never print; they return findings, metrics, figures and the next
/// step.
struct Context {
  const spec::Project& project;  ///< resolved, with the analogy's defaults laid under it
  const task::Task& task;
  artefact::Workspace& workspace;
  artefact::RunFolder& folder;
  RunContext& run;
  std::string dataset_fingerprint;  ///< of the data files' contents
  bool resume = false;
  bool force = false;          ///< do again what a record says is done
  bool analogy_chosen = true;  ///< by the project file, not by the ranking alone
  std::string choose{};        ///< `analogy --choose ID`
  bool fix = false;            ///< `audit --fix`
  std::string fix_to{};        ///< `audit --fix-to DIR`
  std::string against{};       ///< `audit --against FILE`

  Profile profile{};
  std::unique_ptr<data::Dataset> loaded{};  ///< filled by the first call of `dataset`
  /// Of every row, where `loaded` holds some that were drawn.
  std::optional<data::Survey> survey{};

  /// The data with their split, read on first use.
  const data::Dataset& dataset();
  /// Samples of a part, those that were not drawn included; an estimate where it was split from
  /// drawn rows.
  std::int64_t population(data::Part part);
  /// The goal's metric, or the task's own where the goal names none.
  std::string metric() const;
};

using RunPhase = artefact::PhaseResult (*)(Context&);

/// The function of a phase; each stands in src/phase/<name>/<name>.cpp.
RunPhase find_phase(std::string_view name);

}  // namespace dlwork::phase
