#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "cli/harness.h"
#include "cli/run_history.h"

namespace dlwork::cli {
namespace {

using artefact::Severity;
using artefact::Verdict;
using testing::Cli;
using testing::CliResult;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(const Cli& cli) { return read_file(cli.path() / ".dlwork/report/index.html"); }

TEST(Report, WritesThePageAndPrintsItsPath) {
  Cli cli;
  cli.write_project();
  cli.run({"audit"});
  const CliResult result = cli.run({"report", "--markdown", "summary.md"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, ".dlwork/report/index.html\n");
  EXPECT_THAT(page_of(cli), HasSubstr("audit is done"));
  EXPECT_THAT(read_file(cli.path() / "summary.md"), HasSubstr("audit is done"));
}

TEST(Report, ComparesTheRunsOfAPhase) {
  Cli cli;
  cli.write_project();
  cli.run({"baseline", "--seed", "6", "--set", "training.epochs=3"});
  cli.engine.verdicts["baseline"] = Verdict::kWarn;
  cli.run({"baseline", "--seed", "2"});
  const artefact::Workspace workspace(cli.path() / ".dlwork");
  SettingsReader settings;
  const auto history = run_history(workspace, "baseline", settings);
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].id, workspace.runs("baseline")[0].filename().string());
  EXPECT_EQ(history[1].id, workspace.runs("baseline")[1].filename().string());
  EXPECT_NEAR(history[0].result.metrics.front().value, 0.81, 1e-12);
  EXPECT_NEAR(history[1].result.metrics.front().value, 0.77, 1e-12);
  EXPECT_THAT(history[0].changed, HasSubstr("seed 6 (now 2)"));
  EXPECT_THAT(history[0].changed, HasSubstr("training.epochs 3 (now "));
  EXPECT_EQ(history[1].changed, "") << "the newest is what the others are compared with";

  cli.run({"report"});
  const std::string page = page_of(cli);
  const std::regex row(
      "<tr><td><span class=\"nowrap\">([^<]+)</span></td><td><span class=\"badge (\\w+)\">.*?</td>"
      "<td class=\"right\">([^<]*)</td><td>.*?</svg> ([^<]*)</span></td>.*?<td>([^<]*)</td></tr>");
  std::vector<std::vector<std::string>> rows;
  const std::size_t runs = page.find("<details class=\"runs\">");
  ASSERT_NE(runs, std::string::npos);
  const std::string table = page.substr(runs, page.find("</table>", runs) - runs);
  for (std::sregex_iterator at(table.begin(), table.end(), row), end; at != end; ++at) {
    rows.push_back({(*at)[1], (*at)[2], (*at)[3], (*at)[4], (*at)[5]});
  }
  EXPECT_EQ(rows, (std::vector<std::vector<std::string>>{
                      {history[1].id, "warn", "0.7700", "0.6700 to 0.8700", ""},
                      {history[0].id, "pass", "0.8100", "0.7100 to 0.9100", history[0].changed}}))
      << table;
}

TEST(Report, ShowsNoComparisonOfOneRun) {
  Cli cli;
  cli.write_project();
  cli.run({"baseline"});
  cli.run({"report"});
  SettingsReader settings;
  EXPECT_EQ(run_history(artefact::Workspace(cli.path() / ".dlwork"), "baseline", settings).size(),
            0u);
  EXPECT_THAT(page_of(cli), Not(HasSubstr("class=\"runs\"")));
}

artefact::Finding finding(const std::string& id, Severity severity, const std::string& message) {
  artefact::Finding made;
  made.id = id;
  made.severity = severity;
  made.message = message;
  made.advice = "Do something.";
  return made;
}

/// How a finding stands, and its id.
using Told = std::multiset<std::pair<std::string, std::string>>;

Told told_in(const std::string& text, const std::string& pattern) {
  Told told;
  const std::regex regex(pattern, std::regex::multiline);
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
    told.emplace((*at)[1], (*at)[2]);
  }
  return told;
}

TEST(Report, TellsTheSameToEveryReaderOfADiagnosis) {
  Cli cli;
  cli.write_project();
  cli.engine.verdicts["diagnose"] = Verdict::kFail;
  auto& findings = cli.engine.findings;
  findings = {finding("diagnosis-high-variance", Severity::kWarn, "validation is 0.1625 worse"),
              finding("diagnosis-diverged", Severity::kError, "the loss is nan in epoch 3"),
              finding("diagnosis-balanced", Severity::kInfo, "a gap of 0.0042"),
              finding("diagnosis-leak", Severity::kError, "column a alone gives 0.9987"),
              finding("diagnosis-shift", Severity::kError, "nothing held back")};
  findings[3].waived = "as in the field";
  findings[4].checked = false;
  const Told expected{{"warn", "diagnosis-high-variance"},
                      {"error", "diagnosis-diverged"},
                      {"info", "diagnosis-balanced"},
                      {"waived", "diagnosis-leak"},
                      {"error", "diagnosis-shift"}};
  const CliResult text =
      cli.run({"diagnose", "--force", "--verbose", "--markdown", "diagnosis.md"});
  EXPECT_EQ(text.status, 1) << text.err;
  const CliResult json = cli.run({"diagnose", "--force", "--json"});
  EXPECT_EQ(json.status, 1) << json.err;
  cli.run({"report"});
  const std::string markdown = read_file(cli.path() / "diagnosis.md"), page = page_of(cli);

  EXPECT_EQ(told_in(text.out, "^  (\\w+) +(diagnosis-[a-z-]+)"), expected) << text.out;
  EXPECT_EQ(told_in(markdown, "^- \\*\\*(\\w+)\\*\\* `([a-z-]+)`"), expected) << markdown;
  EXPECT_EQ(told_in(page, "<span class=\"tag\">(\\w+)</span> <code>([a-z-]+)</code>"), expected);
  const Json document = Json::parse(json.out);
  Told in_json;
  for (const Json& found : document["findings"]) {
    const bool waived = !found.value("waived", "").empty();
    const bool checked = found.value("checked", true);
    in_json.emplace(waived     ? "waived"
                    : !checked ? "error"
                               : found["severity"].get<std::string>(),
                    found["id"].get<std::string>());
  }
  EXPECT_EQ(in_json, expected) << json.out;

  EXPECT_EQ(document["verdict"], "fail");
  EXPECT_THAT(text.out, HasSubstr("FAIL diagnose: diagnose is done"));
  EXPECT_THAT(markdown, HasSubstr("diagnose: FAIL"));
  EXPECT_THAT(page, HasSubstr("diagnose <span class=\"badge fail\">"));
  const std::vector<std::pair<std::string, std::string>> readers{
      {"terminal", text.out}, {"JSON", json.out}, {"Markdown", markdown}, {"HTML", page}};
  for (const auto& [reader, said] : readers) {
    for (const auto& found : findings) EXPECT_THAT(said, HasSubstr(found.message)) << reader;
    EXPECT_THAT(said, HasSubstr("0.76")) << reader;
    EXPECT_THAT(said, HasSubstr("0.66")) << reader;
    EXPECT_THAT(said, HasSubstr("0.86")) << reader;
  }
}

}  // namespace
}  // namespace dlwork::cli
