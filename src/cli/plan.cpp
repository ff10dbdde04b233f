#include "cli/plan.h"

#include "cli/run_history.h"
#include "dlwork/artefact/fingerprint.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/data/resolve.h"
#include "dlwork/report/render.h"

namespace dlwork::cli {

namespace fs = std::filesystem;

std::string state_text(const PhaseCheck& check) {
  switch (check.freshness) {
    case Freshness::kNeverRun:
      return "never run";
    case Freshness::kStale:
      return "stale: " + join_words(check.changed) + " changed";
    case Freshness::kUpToDate:
      break;
  }
  return check.failed() ? "failed" : "up to date";
}

Plan::Plan(Session& session)
    : file_(session.project_file()),
      overrides_(session.overrides()),
      workspace_(session.workspace()),
      project_(spec::load_project(file_, overrides_)) {}

void Plan::look_at_data() {
  if (looked_) return;
  looked_ = true;
  try {
    project_ = data::resolve_project(file_, overrides_).project;
    data_fingerprint_ = data::data_fingerprint(
        project_, (workspace_.cache_folder() / "fingerprints.json").string());
  } catch (const Error& error) {
    // What was found is told without the data too; a phase that needs them says what is wrong.
    if (error.status() != ExitStatus::kInput) throw;
    data_readable_ = false;
  }
}

PhaseCheck Plan::check(const phase::PhaseInfo& info) {
  const std::string name(info.name);
  PhaseCheck check;
  check.info = &info;
  const auto states = workspace_.states();
  const auto stored = states.find(name);
  if (stored == states.end()) return check;
  // A result that was deleted by hand is as good as never made.
  if (!fs::exists(workspace_.folder() / name / stored->second.run / "result.json")) return check;
  look_at_data();
  check.stored = stored->second;
  if (!data_readable_) {
    check.changed = {"data files (not readable now)"};
    check.freshness = Freshness::kStale;
    return check;
  }
  const auto inputs = artefact::phase_inputs(info.name, info.sections, info.needs, project_, states,
                                             data_fingerprint_);
  check.changed = artefact::changed_inputs(check.stored.inputs, inputs);
  check.freshness = check.changed.empty() ? Freshness::kUpToDate : Freshness::kStale;
  return check;
}

std::vector<PhaseCheck> Plan::check_all() {
  std::vector<PhaseCheck> checks;
  for (const phase::PhaseInfo& info : phase::phases()) checks.push_back(check(info));
  return checks;
}

std::string Plan::project_name() const {
  if (!project_.name.empty()) return project_.name;
  return fs::absolute(file_).lexically_normal().parent_path().filename().string();
}

artefact::NextStep next_step(const std::vector<PhaseCheck>& checks) {
  for (const PhaseCheck& check : checks) {
    const std::string name(check.info->name);
    if (check.freshness == Freshness::kNeverRun) {
      return {"dlwork " + name, "it has not run yet"};
    }
    if (check.freshness == Freshness::kStale) {
      return {"dlwork " + name, join_words(check.changed) + " changed since it ran"};
    }
    if (check.failed()) {
      const std::string& next = check.stored.next;
      return {next.empty() ? "dlwork " + name + " --force" : next,
              name + " failed: " + check.stored.headline};
    }
  }
  const std::string next = checks.empty() ? "" : checks.back().stored.next;
  return {next.empty() ? "dlwork report" : next, "every phase is up to date"};
}

report::ReportInput Plan::report_input() {
  report::ReportInput input;
  input.project_name = project_name();
  input.question = project_.question;
  SettingsReader settings;
  for (const phase::PhaseInfo& info : phase::phases()) {
    const std::string name(info.name);
    report::ReportInput::Entry entry;
    entry.result.phase = name;
    entry.number = std::to_string(info.number);
    entry.title = std::string(info.summary);
    const auto folder = workspace_.latest_folder(name);
    entry.ran = folder.has_value();
    if (entry.ran) {
      entry.folder = *folder;
      entry.runs = run_history(workspace_, name, settings);
      // Large ones take longer to read than all else.
      const bool read = !entry.runs.empty() && entry.runs.back().id == folder->filename();
      entry.result = read ? entry.runs.back().result : run_result(*folder);
    }
    input.entries.push_back(std::move(entry));
  }
  input.next = next_step(check_all());
  return input;
}

fs::path Plan::write_report(const report::ReportInput& input) {
  const fs::path folder = workspace_.cache_folder().parent_path() / "report";
  make_folder(folder);
  write_file(folder / "index.html", report::to_html(input));
  return fs::proximate(folder / "index.html");
}

}  // namespace dlwork::cli
