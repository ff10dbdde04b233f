#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "dlwork/artefact/fingerprint.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/cli/cli.h"
#include "dlwork/data/resolve.h"
#include "dlwork/phase/phase_info.h"
#include "support/temporary_folder.h"

namespace dlwork::testing {

/// Stands for the library that trains: it keeps the workspace as the real one does, and returns
/// the verdict it was told to.
class FakeEngine final : public phase::Engine {
 public:
  std::map<std::string, artefact::Verdict> verdicts;  ///< pass where none is named
  std::vector<artefact::Finding> findings;            ///< of every phase
  std::vector<std::string> ran;
  std::vector<phase::EngineOptions> options_seen;
  Error* failure = nullptr;  ///< thrown instead of running
  Json facts = {{"libtorch", "9.9.9"}, {"blas", "fake"}, {"gemm_gflops", 100.0}};

  artefact::PhaseResult run_phase(const std::string& phase, const std::string& project_file,
                                  const std::vector<spec::Override>& overrides,
                                  const phase::EngineOptions& options, Reporter& reporter,
                                  const StopFlag&) override {
    ran.push_back(phase);
    options_seen.push_back(options);
    if (failure != nullptr) throw *failure;
    reporter.info("fake engine runs " + phase);
    const data::Resolved resolved = data::resolve_project(project_file, overrides);
    artefact::Workspace workspace(std::filesystem::absolute(project_file).parent_path() /
                                  ".dlwork");
    artefact::RunFolder folder = workspace.new_run(phase);
    write_file(folder.file("resolved.yaml"),
               spec::dump_yaml(resolved.project, spec::Origins::kHide));
    artefact::PhaseState state = state_of(phase, resolved.project, workspace);
    const artefact::PhaseResult result = result_of(phase, resolved.project);
    state.run = folder.id();
    state.verdict = artefact::to_string(result.verdict);
    state.headline = result.headline;
    state.next = result.next.command;
    state.finished = utc_time();
    folder.finish(result);
    workspace.record(phase, state);
    return result;
  }

  std::int64_t predict(const std::string&, const phase::PredictOptions& predict,
                       const phase::EngineOptions&, Reporter&, const StopFlag&) override {
    std::ofstream(predict.output) << "source,prediction\nx.csv:2,yes\n";
    return 1;
  }

  Json describe(Measure) override { return facts; }

 private:
  static artefact::PhaseState state_of(const std::string& phase, const spec::Project& project,
                                       artefact::Workspace& workspace) {
    artefact::PhaseState state;
    const std::string data =
        data::data_fingerprint(project, (workspace.cache_folder() / "fingerprints.json").string());
    for (const phase::PhaseInfo& info : phase::phases()) {
      if (info.name != phase) continue;
      state.inputs = artefact::phase_inputs(info.name, info.sections, info.needs, project,
                                            workspace.states(), data);
    }
    state.fingerprint = artefact::fingerprint_of(state.inputs);
    return state;
  }

  artefact::PhaseResult result_of(const std::string& phase, const spec::Project& project) const {
    artefact::PhaseResult result;
    result.phase = phase;
    const auto told = verdicts.find(phase);
    result.verdict = told == verdicts.end() ? artefact::Verdict::kPass : told->second;
    result.headline = phase + " is done";
    artefact::Metric metric;
    metric.name = "accuracy";
    metric.value = 0.75 + 0.01 * static_cast<double>(project.seed);
    metric.low = metric.value - 0.1;
    metric.high = metric.value + 0.1;
    metric.part = "validation";
    metric.of = "network";
    result.metrics = {metric};
    result.findings = findings;
    result.next = {"dlwork next-after-" + phase, "the fake engine says so"};
    result.record = {{"seed", project.seed}};
    return result;
  }
};

struct CliResult {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs commands in-process in a folder of its own, which is the working directory meanwhile.
class Cli {
 public:
  Cli() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder_.path());
    for (const char* name : {"NO_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"}) unsetenv(name);
    setenv("TERM", "xterm", 1);
  }
  ~Cli() { std::filesystem::current_path(before_); }

  CliResult run(const std::vector<std::string>& args, const std::string& typed = "") {
    std::ostringstream out, err;
    std::istringstream in(typed);
    cli::Streams streams{out, err, in};
    streams.out_is_terminal = streams.err_is_terminal = terminal;
    streams.in_is_terminal = !typed.empty();
    streams.in_descriptor = in_descriptor;
    const int status = cli::run(
        args, streams,
        [this]() -> phase::Engine& {
          ++opened;
          return engine;
        },
        stop);
    return {status, out.str(), err.str()};
  }
  const std::filesystem::path& path() const { return folder_.path(); }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((path() / name).parent_path());
    write_file(path() / name, text);
  }
  /// A small table of two classes and a project over it.
  void write_project() {
    std::string table = "size,weight,kind\n";
    for (int i = 0; i < 40; ++i) {
      table += std::to_string(i) + "," + std::to_string(i % 7) + (i % 2 ? ",cat\n" : ",dog\n");
    }
    write("train.csv", table);
    write("project.yaml",
          "dlwork: 1\nname: pets\nquestion: which pet is it?\ngoal:\n  metric: accuracy\n"
          "  target: 0.9\ndata:\n  train: train.csv\n  target: kind\ntask: classification\n");
  }

  FakeEngine engine;
  StopFlag stop;
  int opened = 0;  ///< how often a command asked for the engine
  bool terminal = false;
  int in_descriptor = -1;  ///< of a pipe that stands for the keyboard

 private:
  TemporaryFolder folder_;
  std::filesystem::path before_;
};

}  // namespace dlwork::testing
