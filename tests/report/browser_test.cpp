#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "dlwork/base/files.h"
#include "dlwork/base/png.h"
#include "dlwork/report/render.h"
#include "report/builders.h"
#include "support/places.h"
#include "support/temporary_folder.h"

// The page in a real browser. Skipped where there is no Chromium: it is too large to be installed
// for the tests alone.
namespace dlwork::report {
namespace {

using artefact::Figure;
using artefact::Severity;
using artefact::Verdict;

constexpr char kAttack[] = "<script>alert(1)</script>";
constexpr int kTrials = 200, kFindings = 60;

Json rising(int count, double factor) {
  Json values = Json::array();
  for (int i = 0; i < count; ++i) values.push_back(i * factor);
  return values;
}

std::vector<Figure> figures() {
  const Json x = rising(kTrials, 1), y = rising(kTrials, 0.5), low = rising(kTrials, 0.4);
  const Json band = {{"name", kAttack}, {"x", x}, {"y", y}, {"low", low}, {"high", x}};
  const Json plain = {{"name", "best"}, {"x", x}, {"y", x}, {"tiles", rising(kTrials, 0)}};
  Json deep = plain, other = plain;
  deep["space"] = Json::array({x, y, low});
  other["name"] = kAttack;
  other["space"] = Json::array({y, x, x});
  return {{"l",
           "Lines",
           "lines",
           {{"x_label", "trial"},
            {"y_label", "accuracy"},
            {"series", Json::array({band, plain})},
            {"marks", Json::array({{{"y", 50}, {"label", "goal"}}})}},
           "Lines."},
          {"s", "Points", "scatter", {{"diagonal", true}, {"series", Json::array({plain})}}, ""},
          {"b",
           "Bars",
           "bars",
           {{"y_label", "recall"},
            {"labels", {kAttack, "b"}},
            {"series", Json::array({{{"name", "recall"}, {"values", {0.5, nullptr}}}})}},
           ""},
          {"h",
           "Bins",
           "histogram",
           {{"x_label", "weight"},
            {"edges", {0, 1, 4}},
            {"series", Json::array({{{"name", "all"}, {"counts", {3, 5}}}})}},
           ""},
          {"e",
           "Map",
           "embedding",
           {{"method", "t-SNE"},
            {"space_method", "PCA"},
            {"series", Json::array({deep, other})},
            {"sprite", {{"file", "sprite.png"}, {"width", 2}, {"height", 2}, {"columns", 1}}}},
           ""},
          {"m",
           "Confusion",
           "matrix",
           {{"rows", {kAttack, "b"}}, {"columns", {kAttack, "b"}}, {"values", {{1, 2}, {3, 4}}}},
           ""}};
}

/// 200 trials, 60 findings and every kind of figure.
ReportInput large_input(const std::filesystem::path& folder) {
  const std::vector<std::uint8_t> pixels(4, 90);
  write_file(folder / "sprite.png", png_bytes(2, 2, 1, pixels.data()));
  auto tune = result_of("tune", Verdict::kWarn, "best of 200 trials");
  artefact::Table table{"trials", "Trials", {"settings", "accuracy"}, {false, true}, {}, ""};
  for (int trial = 0; trial < kTrials; ++trial) {
    table.rows.push_back({"trial-" + std::to_string(trial) + " lr " + kAttack,
                          std::to_string(0.5 + 0.001 * ((trial * 37) % kTrials))});
  }
  tune.tables = {table};
  tune.figures = figures();
  tune.metrics = {{"accuracy", 0.91, 0.9, 0.92, "validation", 100, "best trial", true}};
  auto audit = result_of("audit", Verdict::kFail, kAttack);
  for (int i = 0; i < kFindings; ++i) {
    audit.findings.push_back(finding("finding-" + std::to_string(i),
                                     i % 3 == 0 ? Severity::kWarn : Severity::kInfo, kAttack,
                                     "Do something."));
  }
  audit.metrics = {{"accuracy", 0.8, 0.7, 0.9, "validation", 100, "trivial", true}};
  ReportInput input;
  input.project_name = kAttack;
  input.question = "Which?";
  input.entries = {{audit, folder, "2", "Check the data"}, {tune, folder, "6", "Search"}};
  input.entries[1].runs = {{"20261101-amber-heron", tune, "seed 2 (now 1)"},
                           {"20261102-amber-heron", tune, ""}};
  input.next = {"dlwork ensemble", "train several"};
  return input;
}

std::string python() {
  const char* named = std::getenv("DLWORK_PEERS_PYTHON");
  return named == nullptr ? "python3" : named;
}

class Browser : public ::testing::Test {
 protected:
  /// What tests/support/browser.py finds on a page, or null where there is no browser.
  Json look_at(const std::string& page) {
    write_file(folder_ / "index.html", page);
    const std::string command = python() + " " + places::source_folder() +
                                "/tests/support/browser.py " + (folder_ / "index.html").string() +
                                " > " + (folder_ / "out").string() + " 2> " +
                                (folder_ / "err").string();
    const int status = std::system(command.c_str());
    constexpr int kNoBrowser = 77 << 8, kNoPython = 127 << 8;
    if (status == kNoBrowser || status == kNoPython) {
      skipped_ = status == kNoBrowser ? read_file(folder_ / "err") : "no Python here";
      return nullptr;
    }
    EXPECT_EQ(status, 0) << read_file(folder_ / "err");
    return status == 0 ? Json::parse(read_file(folder_ / "out")) : Json::object();
  }
  testing::TemporaryFolder folder_;
  std::string skipped_;
};

std::vector<double> numbers(const Json& list) { return list.get<std::vector<double>>(); }

TEST_F(Browser, ShowsALargeReportAndDoesWhatItsReaderAsks) {
  ReportInput input = large_input(folder_.path());
  std::string page = to_html(input);
  // The table's second column is the one to be sorted.
  const std::string title = "<table class=\"sortable\"><caption>Trials";
  const auto at = page.find(title);
  ASSERT_NE(at, std::string::npos);
  page.insert(at + 6, " data-test-column=\"1\"");
  const Json found = look_at(page);
  if (found.is_null()) GTEST_SKIP() << skipped_;
  SCOPED_TRACE(found.dump(1));
  EXPECT_EQ(found["problems"], Json::array());
  EXPECT_EQ(found["requests"], Json::array());
  EXPECT_EQ(found["scripts_in_data"], 0);
  EXPECT_EQ(found["title"], std::string(kAttack) + " - dlwork report");
  EXPECT_EQ(found["sections"].size(), 3u);
  EXPECT_EQ(found["wide"], false);
  EXPECT_EQ(found["wide_on_a_phone"], false);
  EXPECT_LT(found["seconds_to_load"].get<double>(), 2);

  EXPECT_EQ(found["head_focused"], true);
  const auto up = numbers(found["ascending"]), down = numbers(found["descending"]);
  ASSERT_EQ(up.size(), static_cast<size_t>(kTrials));
  EXPECT_TRUE(std::is_sorted(up.begin(), up.end()));
  EXPECT_TRUE(std::is_sorted(down.rbegin(), down.rend()));
  EXPECT_EQ(found["sort_told"], "descending");
  EXPECT_EQ(found["searched"], 1);
  EXPECT_EQ(found["search_told"], "1 of 200");
  EXPECT_EQ(found["search_cleared"], kTrials);
  EXPECT_EQ(found["values_rows"], 2 * kTrials);
  EXPECT_EQ(found["unreachable"], 0) << "by keys";
  EXPECT_EQ(found["tabbed"][0], "A") << "from the first phase to the second";
  for (const Json& name : found["tabbed"]) EXPECT_NE(name, "BODY");

  EXPECT_EQ(found["on_paper"]["drawings"], 6) << "as drawings, whatever scripts made of them";
  EXPECT_EQ(found["on_paper"]["canvases"], 0);
  EXPECT_EQ(found["on_paper"]["to_press"], 0);
  EXPECT_GT(found["paper_bytes"].get<double>(), 10000);
  for (const char* scheme : {"light", "dark"}) {
    EXPECT_EQ(found[scheme]["is_dark"], std::string(scheme) == "dark");
    EXPECT_GE(found[scheme]["least"].get<double>(), 4.5) << "WCAG 2 AA, text";
    EXPECT_GE(found[scheme]["least_of_series"].get<double>(), 3) << "WCAG 2 AA, graphics";
  }
}

TEST_F(Browser, DrawsPlotsThatAnswer) {
  const std::string page = to_html(large_input(folder_.path()));
  if (page.find("Chart.js v") == std::string::npos) GTEST_SKIP() << "built without Chart.js";
  const Json found = look_at(page);
  if (found.is_null()) GTEST_SKIP() << skipped_;
  SCOPED_TRACE(found.dump(1));
  EXPECT_EQ(found["plots"], Json::array({true, true, true, true, true}));
  EXPECT_EQ(found["matrices"], 1);  // stays a drawing; the others are replaced
  EXPECT_EQ(found["legend_hides"], true);
  EXPECT_EQ(found["legend_shows"], true);
  const Json& keys = found["by_keys"];
  EXPECT_EQ(keys["focused"], "CANVAS");
  EXPECT_EQ(keys["tip_shown"], true);
  // Two steps right and one series down: the second point of "best".
  EXPECT_EQ(keys["tip"], "best\ntrial 1, accuracy 1");
  EXPECT_EQ(keys["told"], "best, trial 1, accuracy 1");
  EXPECT_EQ(keys["zoomed"], true);
  EXPECT_EQ(keys["reset_shown"], true);
}

TEST_F(Browser, TurnsAMapInThreeDimensions) {
  const std::string page = to_html(large_input(folder_.path()));
  if (page.find("Chart.js v") == std::string::npos) GTEST_SKIP() << "built without Chart.js";
  const Json found = look_at(page);
  if (found.is_null()) GTEST_SKIP() << skipped_;
  SCOPED_TRACE(found.dump(1));
  EXPECT_EQ(found["views"], Json::array({"2-D, t-SNE", "3-D, PCA"}));
  const Json& space = found["space"];
  EXPECT_EQ(space["flat"], Json::array({1, 1})) << "the second point as it is in two dimensions";
  EXPECT_EQ(space["pressed"], Json::array({"false", "true"}));
  EXPECT_NE(space["seen"], space["flat"]);
  EXPECT_NE(space["turned"], space["seen"]) << "by Shift and an arrow";
  EXPECT_NE(space["dragged"], space["turned"]);
  EXPECT_EQ(space["hidden"], true) << "the legend works there too";
  EXPECT_EQ(space["back"], space["flat"]);
}

}  // namespace
}  // namespace dlwork::report
