#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dlwork/artefact/workspace.h"
#include "dlwork/report/render.h"

namespace dlwork::cli {

/// Key path -> value.
using Values = std::map<std::string, std::string>;
/// Every value of a tree of JSON by its key path.
Values flat_values(const Json& json);
/// The resolved project that a run was made with. Throws Error(kInput).
Values run_settings(const std::filesystem::path& folder);
/// The result of a run folder. Throws Error(kInput).
artefact::PhaseResult run_result(const std::filesystem::path& folder);

/// Reads the settings of many runs. Most were made with the same ones, and YAML takes long to read:
/// each text is read once.
class SettingsReader {
 public:
  /// As `run_settings`; stays while the reader does.
  const Values& of(const std::filesystem::path& folder);

 private:
  std::map<std::string, Values> known_;  ///< by text
};

/// The newest finished runs of a phase, oldest first; none where there is one to show. Throws
/// Error(kInput).
std::vector<report::ReportInput::Run> run_history(const artefact::Workspace& workspace,
                                                  const std::string& phase,
                                                  SettingsReader& settings);

}  // namespace dlwork::cli
