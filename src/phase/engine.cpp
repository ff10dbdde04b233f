#include "dlwork/phase/engine.h"

#include <c10/util/Exception.h>

#include <filesystem>
#include <new>

#include "dlwork/artefact/fingerprint.h"
#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/temporary_folder.h"
#include "dlwork/base/text.h"
#include "dlwork/data/resolve.h"
#include "dlwork/phase/phase.h"
#include "dlwork/phase/phase_info.h"
#include "dlwork/training/processes.h"
#include "dlwork/training/supervised.h"
#include "phase/predict.h"
#include "phase/profile.h"
#include "phase/waivers.h"

namespace dlwork::phase {
namespace {

namespace fs = std::filesystem;

fs::path workspace_folder(const std::string& project_file) {
  return fs::absolute(project_file).parent_path() / ".dlwork";
}

const PhaseInfo& info_of(const std::string& phase) {
  for (const PhaseInfo& info : phases()) {
    if (info.name == phase) return info;
  }
  throw Error(ExitStatus::kUsage, "unknown phase '" + phase + "'");
}

/// First lines of LibTorch's message; the rest is its own call stack.
std::string short_message(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find("\nException raised from"));
}

/// Runs `work`, with LibTorch's and the system's exceptions turned into ours, once.
template <class Work>
auto with_errors(const std::string& what, const Work& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    const std::string message = short_message(error);
    const bool memory = message.find("not enough memory") != std::string::npos ||
                        message.find("allocate memory") != std::string::npos ||
                        message.find("out of memory") != std::string::npos;
    throw Error(ExitStatus::kRuntime, what + ": " + message,
                memory ? "lower training.batch_size" : "");
  } catch (const std::bad_alloc&) {
    throw Error(ExitStatus::kRuntime, what + ": not enough memory", "lower training.batch_size");
  } catch (const fs::filesystem_error& error) {
    throw Error(ExitStatus::kRuntime, what + ": " + error.what());
  }
}

/// Of a process that trains along; beside the file by which they meet it goes with that, should
/// this process be killed.
std::unique_ptr<TemporaryFolder> own_folder(const World& world) {
  if (world.leads()) return nullptr;
  if (world.meeting_file.empty()) return std::make_unique<TemporaryFolder>();
  return std::make_unique<TemporaryFolder>(fs::path(world.meeting_file).parent_path());
}

artefact::RunFolder folder_for(artefact::Workspace& workspace, const std::string& phase,
                               const EngineOptions& options) {
  if (!options.resume || !options.world.leads()) return workspace.new_run(phase);
  if (auto unfinished = workspace.unfinished_run(phase)) return *unfinished;
  throw Error(ExitStatus::kUsage, "--resume: no unfinished run of " + phase + " to go on with",
              "leave --resume out to start one");
}

Json record_of(const EngineOptions& options, const spec::Project& project, const RunContext& run,
               const artefact::PhaseState& state) {
  Json record = artefact::provenance(options.command, project.file,
                                     training::libtorch_versions().at("libtorch"));
  record["device"] = run.device;
  record["threads"] = run.threads;
  record["processes"] = run.group ? run.group->size() : 1;
  record["seed"] = project.seed;
  record["analogy"] = project.analogy;
  record["fingerprint"] = state.fingerprint;
  record["inputs"] = state.inputs;
  record["seconds"] = state.seconds;
  record["peak_memory_bytes"] = peak_memory_bytes();
  return record;
}

class LibtorchEngine final : public Engine {
 public:
  artefact::PhaseResult run_phase(const std::string& phase, const std::string& project_file,
                                  const std::vector<spec::Override>& overrides,
                                  const EngineOptions& options, Reporter& reporter,
                                  const StopFlag& stop) override {
    const auto guarded = [&](const auto& work) { return with_errors("phase " + phase, work); };
    return guarded([&] {
      const PhaseInfo& info = info_of(phase);
      if (options.world.alone()) {
        RunContext run = set_up(options, reporter, stop);
        return run_locked(info, project_file, overrides, options, run);
      }
      RunContext run = set_up_along(options, reporter, stop);
      const auto group = training::join_group(options.world, run.device, stop);
      run.group = group.get();
      return together(*group, [&] {
        return guarded([&] { return run_locked(info, project_file, overrides, options, run); });
      });
    });
  }

  std::int64_t predict(const std::string& project_file, const PredictOptions& predict_options,
                       const EngineOptions& options, Reporter& reporter,
                       const StopFlag& stop) override {
    return with_errors("predict", [&] {
      RunContext run = set_up(options, reporter, stop);
      const artefact::Workspace workspace(workspace_folder(project_file));
      return predict_file(workspace, predict_options, run);
    });
  }

  Json describe(Measure measure) override {
    return with_errors("doctor", [&] {
      Json facts = training::libtorch_versions();
      const int threads = usable_cpus();
      training::set_up_threads(threads);
      facts["threads"] = threads;
      if (measure == Measure::kYes) facts["gemm_gflops"] = training::measure_gemm();
      return facts;
    });
  }

 private:
  static RunContext set_up(const EngineOptions& options, Reporter& reporter, const StopFlag& stop) {
    RunContext run{reporter, stop, training::resolve_device(options.device),
                   options.threads > 0 ? options.threads : threads_of(options.world)};
    if (!options.world.alone() && run.device == "cuda") {
      run.device = training::resolve_device("cuda:" + std::to_string(options.world.local_rank));
    }
    training::set_up_device(run.device);
    training::set_up_threads(run.threads);
    training::set_up_memory(options.world.local_size);
    return run;
  }

  /// What is wrong here is wrong for the process that started this one, which says so.
  static RunContext set_up_along(const EngineOptions& options, Reporter& reporter,
                                 const StopFlag& stop) {
    try {
      return set_up(options, reporter, stop);
    } catch (const Error& failure) {
      if (options.world.leads() || options.world.launcher != "--processes") throw;
      throw training::told_elsewhere(failure.status());
    }
  }

  /// Lets the other processes know why this one ends; the first of them then says so.
  template <class Work>
  static artefact::PhaseResult together(training::JoinedGroup& group, const Work& work) {
    try {
      return work();
    } catch (const Error& failure) {
      if (training::is_told_elsewhere(failure) || !group.tell(failure) || group.leads()) throw;
      throw training::told_elsewhere(failure.status());
    }
  }

  static artefact::PhaseResult run_locked(const PhaseInfo& info, const std::string& project_file,
                                          const std::vector<spec::Override>& overrides,
                                          const EngineOptions& options, RunContext& run) {
    const double start = monotonic_seconds();
    const std::string phase(info.name);
    const data::Resolved resolved = data::resolve_project(project_file, overrides);
    const spec::Project& project = resolved.project;
    const task::Task& task = task::find_task(project.task);
    // Processes that train along keep their own, for nobody.
    const auto own = own_folder(options.world);
    artefact::Workspace workspace(own ? own->path() / ".dlwork" : workspace_folder(project_file));
    const auto lock = workspace.lock(join(options.command, " "));

    artefact::PhaseState state;
    // Only the first one's record counts, and the others have no cache of file hashes.
    const std::string data_fingerprint =
        own ? ""
            : data::data_fingerprint(project,
                                     (workspace.cache_folder() / "fingerprints.json").string());
    state.inputs = artefact::phase_inputs(info.name, info.sections, info.needs, project,
                                          workspace.states(), data_fingerprint);
    state.fingerprint = artefact::fingerprint_of(state.inputs);
    // A look at new data is no audit of the project's: it leaves phase and state as they are.
    const bool aside = !options.against.empty();
    artefact::RunFolder folder = folder_for(workspace, aside ? "against" : phase, options);
    write_file(folder.file("resolved.yaml"), spec::dump_yaml(project, spec::Origins::kShow));
    write_file(folder.file("command.txt"), join(options.command, " ") + "\n");

    Context context{.project = project,
                    .task = task,
                    .workspace = workspace,
                    .folder = folder,
                    .run = run,
                    .dataset_fingerprint = data_fingerprint,
                    .resume = options.resume,
                    .force = options.force,
                    .analogy_chosen = resolved.analogy_chosen,
                    .choose = options.choose,
                    .fix = options.fix,
                    .fix_to = options.fix_to,
                    .against = options.against};
    context.profile.wanted = options.profile;
    artefact::PhaseResult result = find_phase(phase)(context);
    show_profile(context, result);
    result.phase = phase;
    apply_waivers(project.accept, utc_time().substr(0, 10), result.findings);
    result.verdict = artefact::verdict_of(result.findings);
    state.run = folder.id();
    state.verdict = artefact::to_string(result.verdict);
    state.headline = result.headline;
    state.next = result.next.command;
    state.finished = utc_time();
    state.seconds = monotonic_seconds() - start;
    result.record = record_of(options, project, run, state);
    fs::remove_all(folder.file("checkpoint"));
    folder.finish(result);
    if (!aside) workspace.record(phase, state);
    return result;
  }
};

}  // namespace
}  // namespace dlwork::phase

extern "C" dlwork::phase::Engine* dlwork_engine() {
  static dlwork::phase::LibtorchEngine engine;
  return &engine;
}
