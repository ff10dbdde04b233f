#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"

namespace dlwork::artefact {

/// One execution of a phase on disk: <workspace>/<phase>/<run-id>/. Ids sort by time and can be
/// said aloud: "20261123-211456-amber-heron".
class RunFolder {
 public:
  const std::filesystem::path& path() const { return path_; }
  const std::string& id() const { return id_; }
  const std::string& phase() const { return phase_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }
  /// Appends one line of JSON to log.jsonl, with the time. Throws Error(kRuntime).
  void log(const Json& event);
  /// Writes result.json (with `record`), then moves <phase>/latest here.
  void finish(const PhaseResult& result);

 private:
  friend class Workspace;
  RunFolder(std::filesystem::path path, std::string phase);
  std::filesystem::path path_;
  std::string id_;
  std::string phase_;
};

/// What state.json keeps for each phase.
struct PhaseState {
  std::string run;          ///< id of the newest finished run
  std::string fingerprint;  ///< of its inputs
  /// Fingerprint parts by name ("data", "model", "readiness result"), to say why it is stale.
  std::map<std::string, std::string> inputs;
  std::string verdict;
  std::string headline;
  std::string next;      ///< command
  std::string finished;  ///< UTC
  double seconds = 0;
};

/// Held while a command writes; Error(kBusy) names the live process that holds it. The lock of a
/// dead process is taken over.
class WorkspaceLock {
 public:
  /// What a dead process left: "process 412 (dlwork tune) died while it held the workspace", or "".
  const std::string& notice() const { return notice_; }
  ~WorkspaceLock();
  WorkspaceLock(const WorkspaceLock&) = delete;
  WorkspaceLock& operator=(const WorkspaceLock&) = delete;

 private:
  friend class Workspace;
  WorkspaceLock(std::filesystem::path path, int descriptor, std::string notice);
  std::filesystem::path path_;
  int descriptor_;
  std::string notice_;
};

/// `.dlwork/` beside the project file. Created on first use, with its own .gitignore.
class Workspace {
 public:
  /// Does not touch the disk; reading from a workspace that is not there finds nothing.
  explicit Workspace(std::filesystem::path folder);
  const std::filesystem::path& folder() const { return folder_; }

  std::unique_ptr<WorkspaceLock> lock(const std::string& command);
  RunFolder new_run(const std::string& phase);
  /// The newest run of `phase` where it did not finish, for --resume; none once a later run did.
  std::optional<RunFolder> unfinished_run(const std::string& phase) const;

  /// Newest finished result of a phase, or nullopt when it never ran.
  std::optional<PhaseResult> latest(const std::string& phase) const;
  std::optional<std::filesystem::path> latest_folder(const std::string& phase) const;
  /// A run by id, unambiguous beginning, its two words ("amber-heron"), "phase/latest" or
  /// "phase/id". Throws Error(kUsage) naming what exists.
  std::filesystem::path find_run(const std::string& name) const;
  std::vector<std::filesystem::path> runs(const std::string& phase) const;  ///< oldest first

  std::map<std::string, PhaseState> states() const;
  void record(const std::string& phase, const PhaseState& state);
  /// Every reading of the test part is counted; returns the new count.
  std::int64_t count_test_reading(const std::string& data_fingerprint);
  std::filesystem::path cache_folder();

 private:
  void prepare() const;
  std::filesystem::path folder_;
};

/// What made a run: versions, command, git commit and dirty flag, machine, environment.
/// `libtorch` is "" where it was not loaded.
Json provenance(const std::vector<std::string>& command, const std::string& project_file,
                const std::string& libtorch);

}  // namespace dlwork::artefact
