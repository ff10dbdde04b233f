#include <algorithm>
#include <set>

#include "cli/commands.h"
#include "cli/companions.h"
#include "cli/options.h"
#include "cli/plan.h"
#include "cli/session.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

namespace fs = std::filesystem;

/// What became of a phase in this `dlwork run`.
struct Outcome {
  const phase::PhaseInfo* info = nullptr;
  bool ran = false;
  std::string run;  ///< id
  artefact::PhaseResult result;
};

size_t place_of(Session& session, const std::string& option, size_t otherwise) {
  if (!session.has(option)) return otherwise;
  const std::string wanted = session.value(option);
  std::vector<std::string> names;
  for (const phase::PhaseInfo& info : phase::phases()) names.emplace_back(info.name);
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  const std::string near = nearest(wanted, names);
  throw Error(ExitStatus::kUsage, "--" + option + ": unknown phase '" + wanted + "'",
              near.empty() ? "phases are " + join_words(names) : "did you mean '" + near + "'?");
}

std::vector<const phase::PhaseInfo*> selected_phases(Session& session) {
  const auto& all = phase::phases();
  const size_t from = place_of(session, "from", 0);
  const size_t to = place_of(session, "to", all.size() - 1);
  if (from > to) {
    throw Error(ExitStatus::kUsage,
                "--from " + session.value("from") + " comes after --to " + session.value("to"));
  }
  std::vector<const phase::PhaseInfo*> selected;
  for (size_t i = from; i <= to; ++i) selected.push_back(&all[i]);
  return selected;
}

/// The recorded result of a phase that need not run.
Outcome recorded(Session& session, Plan& plan, const PhaseCheck& check) {
  const std::string name(check.info->name);
  auto result = plan.workspace().latest(name);
  if (!result) {
    throw Error(ExitStatus::kInput, "the recorded result of " + name + " is gone",
                "run it again with `dlwork " + name + "`");
  }
  if (!session.json()) {
    const std::string match = "(matches run " + check.stored.run + ", fingerprint " +
                              check.stored.fingerprint.substr(0, 12) + ")";
    session.out() << name << ": "
                  << (check.failed() ? "failed before and nothing has changed since " + match +
                                           "; --force runs it again"
                                     : "up to date " + match)
                  << std::endl;
  }
  return {check.info, false, check.stored.run, std::move(*result)};
}

Outcome run_now(Session& session, Plan& plan, const phase::PhaseInfo& info) {
  const std::string name(info.name);
  phase::EngineOptions options = session.engine_options();
  // Of the phases to be run only the one that was stopped has something to go on with.
  options.resume = options.resume && plan.workspace().unfinished_run(name).has_value();
  Outcome outcome{&info, true, "",
                  session.engine().run_phase(name, session.project_file(), session.overrides(),
                                             options, session.reporter(), session.stop())};
  session.reporter().progress_done();
  write_phase_events(session, outcome.result);
  const auto states = plan.workspace().states();
  const auto state = states.find(name);
  if (state != states.end()) outcome.run = state->second.run;
  if (!session.json()) {
    session.out() << report::to_terminal(outcome.result, session.terminal()) << std::endl;
  }
  return outcome;
}

std::string summary_table(Session& session, const std::vector<Outcome>& outcomes) {
  artefact::Table table;
  table.id = "summary";
  table.title = "Summary";
  table.columns = {"phase", "verdict", "headline"};
  for (const Outcome& outcome : outcomes) {
    table.rows.push_back({std::string(outcome.info->name),
                          artefact::to_string(outcome.result.verdict), outcome.result.headline});
  }
  return report::table_text(table, session.terminal());
}

Json run_document(const std::vector<Outcome>& outcomes, ExitStatus status, const fs::path& page) {
  Json document = {{"schema", "dlwork/run/1"}, {"status", static_cast<int>(status)}};
  document["phases"] = Json::array();
  for (const Outcome& outcome : outcomes) {
    document["phases"].push_back({{"phase", std::string(outcome.info->name)},
                                  {"state", outcome.ran ? "ran" : "up to date"},
                                  {"run", outcome.run},
                                  {"verdict", artefact::to_string(outcome.result.verdict)},
                                  {"headline", outcome.result.headline},
                                  {"result", artefact::to_json(outcome.result)}});
  }
  document["report"] = page.string();
  return document;
}

/// Which phases would run, and why.
ExitStatus tell_plan(Session& session) {
  Plan plan(session);
  std::set<std::string> would_run;
  artefact::Table table;
  table.id = "plan";
  table.title = "What `dlwork run` would do";
  table.columns = {"phase", "would run", "why"};
  Json document = {{"schema", "dlwork/plan/1"}, {"phases", Json::array()}};
  for (const phase::PhaseInfo* info : selected_phases(session)) {
    const std::string name(info->name);
    const PhaseCheck check = plan.check(*info);
    bool runs = check.freshness != Freshness::kUpToDate;
    std::string why = state_text(check);
    for (const std::string& needed : words_of(info->needs)) {
      if (runs || !would_run.contains(needed)) continue;
      runs = true;
      why = "reads the result of " + needed + ", which runs before it";
    }
    if (!runs && session.has("force")) {
      runs = true;
      why = "--force";
    }
    if (runs) would_run.insert(name);
    table.rows.push_back({name, runs ? "yes" : "no", why});
    document["phases"].push_back({{"phase", name}, {"run", runs}, {"why", why}});
  }
  if (session.json()) {
    session.print(document);
  } else {
    session.out() << report::table_text(table, session.terminal());
  }
  return ExitStatus::kOk;
}

void stop_if_asked(Session& session) {
  if (session.stop().requested()) {
    throw Error(ExitStatus::kInterrupted, "stopped between two phases",
                "`dlwork run` goes on from here");
  }
}

}  // namespace

ExitStatus run_all_command(Session& session) {
  if (session.has("dry-run")) return tell_plan(session);
  std::unique_ptr<Companions> none;
  world_of(session, none);
  const auto selected = selected_phases(session);
  Plan plan(session);
  std::vector<Outcome> outcomes;
  ExitStatus status = ExitStatus::kOk;
  for (const phase::PhaseInfo* info : selected) {
    stop_if_asked(session);
    const PhaseCheck check = plan.check(*info);
    const bool skip = check.freshness == Freshness::kUpToDate && !session.has("force");
    outcomes.push_back(skip ? recorded(session, plan, check) : run_now(session, plan, *info));
    status = session.status_of(outcomes.back().result.verdict);
    if (status != ExitStatus::kOk) break;
  }
  const fs::path page = plan.write_report(plan.report_input());
  std::vector<artefact::PhaseResult> results;
  for (const Outcome& outcome : outcomes) results.push_back(outcome.result);
  write_extras(session, results, plan.project_name());
  if (session.json()) {
    session.print(run_document(outcomes, status, page));
    return status;
  }
  if (!outcomes.back().ran) session.out() << '\n';  // a rendered result ends with one
  session.out() << summary_table(session, outcomes);
  if (outcomes.size() < selected.size()) {
    session.out() << "Stopped: the gate of " << outcomes.back().info->name << " failed.\n";
  }
  const artefact::NextStep& next = outcomes.back().result.next;
  if (!outcomes.back().ran && !next.command.empty()) {  // else it stands above
    session.out() << "Next: " << next.command << " - " << next.reason << '\n';
  }
  session.out() << "Report: " << page.string() << '\n';
  return status;
}

}  // namespace dlwork::cli
