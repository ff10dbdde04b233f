#include "cli/commands.h"
#include "cli/companions.h"
#include "cli/interview.h"
#include "cli/plan.h"
#include "cli/session.h"

namespace dlwork::cli {
namespace {

const phase::PhaseInfo& info_of(const std::string& name) {
  for (const phase::PhaseInfo& info : phase::phases()) {
    if (info.name == name) return info;
  }
  throw Error(ExitStatus::kUsage, "unknown phase '" + name + "'");
}

ExitStatus tell_phase_plan(Session& session, const phase::PhaseInfo& info) {
  Plan plan(session);
  const PhaseCheck check = plan.check(info);
  const std::string name(info.name);
  if (session.json()) {
    Json document = {{"schema", "dlwork/plan/1"}, {"phases", Json::array()}};
    document["phases"].push_back({{"phase", name}, {"run", true}, {"why", state_text(check)}});
    session.print(document);
  } else {
    session.out() << name << " would run (" << state_text(check) << ")\n";
  }
  return ExitStatus::kOk;
}

/// A process that trains along says nothing: the first one does.
ExitStatus run_along(Session& session, const std::string& name, const std::string& file,
                     const phase::EngineOptions& options) {
  const MeetingKeeper keeper(options.world);
  SilentReporter silent;
  const auto result =
      session.engine().run_phase(name, file, session.overrides(), options, silent, session.stop());
  return session.status_of(result.verdict);
}

}  // namespace

ExitStatus run_phase_command(Session& session) {
  const std::string& name = session.line().command;
  if (session.has("dry-run")) return tell_phase_plan(session, info_of(name));
  const std::string file = session.project_file();
  if (session.has("ask")) interview(session, file);
  const auto overrides = session.overrides();
  const spec::Project project = spec::load_project(file, overrides);  // faults before LibTorch
  auto options = session.engine_options();
  std::unique_ptr<Companions> companions;
  options.world = world_of(session, companions);
  if (!options.world.leads()) return run_along(session, name, file, options);
  const artefact::PhaseResult result = session.engine().run_phase(
      name, file, overrides, options, session.reporter(), session.stop());
  session.reporter().progress_done();
  write_phase_events(session, result);
  write_extras(session, {result}, project.name);
  if (session.json()) {
    session.print(artefact::to_json(result));
  } else {
    session.out() << report::to_terminal(result, session.terminal());
  }
  return session.status_of(result.verdict);
}

}  // namespace dlwork::cli
