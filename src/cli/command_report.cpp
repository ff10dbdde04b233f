#include "cli/commands.h"
#include "cli/live_feed.h"
#include "cli/plan.h"
#include "cli/session.h"

namespace dlwork::cli {
namespace {

constexpr int kDefaultPort = 8717;
constexpr int kLastPort = 65535;

int port_of(Session& session) {
  if (session.has("port") && !session.has("serve")) {
    throw Error(ExitStatus::kUsage, "--port: it belongs to --serve",
                "write `dlwork report --serve --port " + session.value("port") + "`");
  }
  const std::int64_t port = session.number("port", kDefaultPort, 0);
  if (port > kLastPort) {
    throw Error(ExitStatus::kUsage,
                "--port: '" + session.value("port") + "' is above " + std::to_string(kLastPort));
  }
  return static_cast<int>(port);
}

/// Serves the page until the program is stopped; it is made anew for each reader, so that the
/// project file and new results count at once.
void serve(Session& session, ReportServer& server) {
  LiveFeed feed(session.workspace());
  const Served served{
      [&] { return report::to_html(Plan(session).report_input(), report::PageMode::kServed); },
      [&] { return feed.so_far(); }, [&] { return feed.news(); }};
  server.serve(served, session.stop());
}

}  // namespace

ExitStatus report_command(Session& session) {
  const int port = port_of(session);
  Plan plan(session);
  report::ReportInput input = plan.report_input();
  const std::filesystem::path page = plan.write_report(input);
  std::vector<artefact::PhaseResult> results;
  for (auto& entry : input.entries) {
    if (entry.ran) results.push_back(std::move(entry.result));
  }
  write_extras(session, results, plan.project_name());
  std::unique_ptr<ReportServer> server;
  std::string address;
  if (session.has("serve")) {
    server = std::make_unique<ReportServer>(port);
    address = "http://127.0.0.1:" + std::to_string(server->port()) + "/";
  }
  if (session.json()) {
    Json document = {
        {"schema", "dlwork/report/1"}, {"report", page.string()}, {"phases", results.size()}};
    if (server) document["address"] = address;
    session.print(document);
  } else {
    session.out() << page.string() << '\n';
    if (server) session.out() << address << " (Ctrl-C ends it)\n";
  }
  if (server) {
    session.out().flush();
    serve(session, *server);
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
