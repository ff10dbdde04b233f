#pragma once

#include <string>
#include <vector>

#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"

namespace dlwork::data {

/// A project with everything decided that later steps need: its task and its analogy.
struct Resolved {
  spec::Project project;  ///< default < analogy < file < overrides; `task` and `analogy` filled in
  Probe probe;
  std::vector<spec::RankedAnalogy> ranking;  ///< best first
  bool analogy_chosen = false;               ///< by the project file, not by the ranking
};

/// What a network gets of data of this kind: components in place of the inputs are a table.
Kind feature_kind(const spec::Project& project, Kind kind);

/// Reads the project file, looks at the data, takes the task from the file or the target, takes the
/// analogy named in the file or the best ranked runnable one, and reads the file again over that
/// analogy's defaults, less what it would search that the task does not go by. Throws Error(kUsage)
/// or Error(kInput).
Resolved resolve_project(const std::string& file, const std::vector<spec::Override>& overrides);

}  // namespace dlwork::data
