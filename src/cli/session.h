#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/invocation.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/cli/cli.h"
#include "dlwork/report/render.h"
#include "dlwork/spec/project.h"

namespace dlwork::cli {

/// Whether escape codes may be written: --color, then NO_COLOR, CLICOLOR_FORCE, TERM=dumb and the
/// terminal, in this order.
bool wants_colour(const Invocation& invocation, bool is_terminal);

/// All that a command may use: its command line, the streams, the engine, and what follows from
/// them. Commands write results to `out` and nothing else to it.
class Session {
 public:
  Session(const Invocation& invocation, Streams& streams, const EngineLoader& engine,
          StopFlag& stop);
  ~Session();

  const Invocation& line() const { return invocation_; }
  Streams& streams() { return streams_; }
  std::ostream& out() { return streams_.out; }
  const StopFlag& stop() const { return stop_; }
  /// Opens the library that holds LibTorch; only where a command cannot do without.
  phase::Engine& engine() { return engine_(); }
  Reporter& reporter();

  bool has(const std::string& option) const { return invocation_.has(option); }
  std::string value(const std::string& option, const std::string& otherwise = "") const;
  /// A whole number of at least `least`. Throws Error(kUsage) naming the option.
  std::int64_t number(const std::string& option, std::int64_t otherwise, std::int64_t least) const;

  /// The project file: --project, or project.yaml here or in the nearest parent that has one.
  /// Throws Error(kUsage) when there is none.
  std::string project_file() const;
  /// `project_file`, or "" where none was named and none is found.
  std::string find_project_file() const;
  /// Of the project file's folder.
  artefact::Workspace workspace() const;
  /// --set in order, then --seed. Throws Error(kUsage) with the place of what cannot be read.
  std::vector<spec::Override> overrides() const;
  phase::EngineOptions engine_options() const;

  bool json() const { return has("json"); }
  /// Prints the one JSON document.
  void print(const Json& document);
  report::TerminalOptions terminal() const;
  /// kGateFailed for a failed gate; with --fail-on warn for warnings too.
  ExitStatus status_of(artefact::Verdict verdict) const;

 private:
  const Invocation& invocation_;
  Streams& streams_;
  const EngineLoader& engine_;
  StopFlag& stop_;
  std::unique_ptr<Reporter> reporter_;
};

/// What TensorBoard shows of a phase's newest run, into its folder.
void write_phase_events(Session& session, const artefact::PhaseResult& result);

/// A run of a phase with what the files for other readers need (--junit, --markdown, annotations).
void write_extras(Session& session, const std::vector<artefact::PhaseResult>& results,
                  const std::string& project_name);

}  // namespace dlwork::cli
