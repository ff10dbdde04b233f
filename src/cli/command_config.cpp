#include "cli/commands.h"
#include "cli/session.h"
#include "dlwork/base/text.h"
#include "dlwork/data/resolve.h"
#include "dlwork/spec/audit_thresholds.h"

namespace dlwork::cli {
namespace {

/// The project over its analogy, or, where the data cannot be read to find one, by itself.
spec::Project resolve(Session& session) {
  const std::string file = session.project_file();
  try {
    return data::resolve_project(file, session.overrides()).project;
  } catch (const Error& error) {
    if (error.status() != ExitStatus::kInput) throw;
    session.reporter().warn(std::string(error.what()) +
                            "\nthe data cannot be read, so the analogy's defaults are left out");
    return spec::load_project(file, session.overrides());
  }
}

Json finding_json(const artefact::FindingInfo& info) {
  return {
      {"id", info.id}, {"phase", info.phase}, {"meaning", info.meaning}, {"advice", info.advice}};
}

ExitStatus list_findings(Session& session) {
  if (session.json()) {
    Json document = {{"schema", "dlwork/findings/1"}, {"findings", Json::array()}};
    for (const auto& info : artefact::finding_infos()) {
      document["findings"].push_back(finding_json(info));
    }
    session.print(document);
    return ExitStatus::kOk;
  }
  artefact::Table table;
  table.id = "findings";
  table.title = "Findings";
  table.columns = {"id", "phase", "meaning"};
  for (const auto& info : artefact::finding_infos()) {
    table.rows.push_back({info.id, info.phase, info.meaning});
  }
  session.out() << report::table_text(table, session.terminal());
  return ExitStatus::kOk;
}

/// The keys that decide when a finding fires, with their defaults; none for most phases.
Json limits_of(const std::string& id) {
  Json limits = Json::array();
  for (const auto& threshold : spec::audit_thresholds()) {
    if (threshold.finding != id) continue;
    limits.push_back({{"key", "audit.thresholds." + threshold.key},
                      {"default", threshold.value},
                      {"help", threshold.help}});
  }
  return limits;
}

void print_limits(Session& session, const Json& limits) {
  if (limits.empty()) return;
  session.out() << "\nLimits, in the project file:\n";
  for (const auto& limit : limits) {
    session.out() << "  " << limit["key"].get<std::string>() << " (default "
                  << number_text(limit["default"].get<double>()) << ")  "
                  << limit["help"].get<std::string>() << '\n';
  }
}

Error unknown_finding(const std::string& id) {
  std::vector<std::string> ids;
  for (const auto& info : artefact::finding_infos()) ids.push_back(info.id);
  const std::string near = nearest(id, ids);
  return Error(ExitStatus::kUsage, "there is no finding '" + id + "'",
               near.empty() ? "`dlwork explain` lists them" : "did you mean '" + near + "'?");
}

}  // namespace

ExitStatus config_command(Session& session) {
  const spec::Project project = resolve(session);
  if (session.json()) {
    Json document = {{"schema", "dlwork/config/1"}, {"project", spec::dump_json(project)}};
    if (session.has("origin")) document["origins"] = project.origins;
    session.print(document);
  } else {
    session.out() << spec::dump_yaml(
        project, session.has("origin") ? spec::Origins::kShow : spec::Origins::kHide);
  }
  return ExitStatus::kOk;
}

ExitStatus schema_command(Session& session) {
  session.print(spec::project_schema());
  return ExitStatus::kOk;
}

ExitStatus explain_command(Session& session) {
  if (session.line().arguments.empty()) return list_findings(session);
  const std::string& id = session.line().arguments.front();
  const artefact::FindingInfo* info = artefact::find_finding(id);
  if (info == nullptr) throw unknown_finding(id);
  if (session.json()) {
    Json document = {{"schema", "dlwork/finding/1"}};
    document.update(finding_json(*info));
    const Json limits = limits_of(id);
    if (!limits.empty()) document["limits"] = limits;
    session.print(document);
  } else {
    session.out() << info->id << " (phase " << info->phase << ")\n\n"
                  << info->meaning << "\n\nWhat to do: " << info->advice << '\n';
    print_limits(session, limits_of(id));
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
