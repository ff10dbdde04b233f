#include <ctime>

#include "cli/commands.h"
#include "cli/plan.h"
#include "cli/session.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

std::optional<std::time_t> read_utc(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != 0) return std::nullopt;
  return ::timegm(&parts);
}

/// "3 min ago"; "" where the time cannot be read.
std::string age_text(const std::string& finished) {
  const auto then = read_utc(finished);
  const auto now = read_utc(utc_time());
  if (!then || !now) return "";
  const double minutes = std::difftime(*now, *then) / 60;
  if (minutes < 1) return "just now";
  if (minutes < 60) return std::to_string(static_cast<int>(minutes)) + " min ago";
  if (minutes < 48 * 60) return std::to_string(static_cast<int>(minutes / 60)) + " h ago";
  return std::to_string(static_cast<int>(minutes / 60 / 24)) + " days ago";
}

Json status_document(const Plan& plan, const std::vector<PhaseCheck>& checks,
                     const artefact::NextStep& next) {
  Json document = {{"schema", "dlwork/status/1"}, {"project", plan.project_name()}};
  document["phases"] = Json::array();
  for (const PhaseCheck& check : checks) {
    const char* state = check.freshness == Freshness::kNeverRun ? "never run"
                        : check.freshness == Freshness::kStale  ? "stale"
                        : check.failed()                        ? "failed"
                                                                : "up to date";
    document["phases"].push_back({{"phase", std::string(check.info->name)},
                                  {"number", check.info->number},
                                  {"state", state},
                                  {"changed", check.changed},
                                  {"verdict", check.stored.verdict},
                                  {"headline", check.stored.headline},
                                  {"run", check.stored.run},
                                  {"finished", check.stored.finished},
                                  {"seconds", check.stored.seconds}});
  }
  document["next"] = {{"command", next.command}, {"reason", next.reason}};
  return document;
}

}  // namespace

ExitStatus status_command(Session& session) {
  Plan plan(session);
  const std::vector<PhaseCheck> checks = plan.check_all();
  const artefact::NextStep next = next_step(checks);
  if (session.json()) {
    session.print(status_document(plan, checks, next));
    return ExitStatus::kOk;
  }
  artefact::Table table;
  table.id = "status";
  table.title = plan.project_name();
  table.columns = {"", "phase", "state", "verdict", "headline", "age"};
  table.right = {true};
  for (const PhaseCheck& check : checks) {
    table.rows.push_back({std::to_string(check.info->number), std::string(check.info->name),
                          state_text(check), check.stored.verdict, check.stored.headline,
                          age_text(check.stored.finished)});
  }
  session.out() << report::table_text(table, session.terminal());
  session.out() << "Next: " << next.command << " - " << next.reason << '\n';
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
