#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "report/large_input.h"
#include "support/python_reader.h"

// The page in a real browser. Skipped where there is no Chromium: it is too large to be installed
// for the tests alone.
namespace dlwork::report {
namespace {

/// All tests look at one page, in which the browser has done all that they ask for.
class Browser : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const testing::TemporaryFolder folder;
    std::string page = to_html(large_input(folder.path()));
    has_library_ = page.find("Chart.js v") != std::string::npos;
    // The table's second column is the one to be sorted.
    const std::string title = "<table class=\"sortable\"><caption>Trials";
    page.insert(page.find(title) + 6, " data-test-column=\"1\"");
    write_file(folder / "index.html", page);
    said_ = testing::ask_browser((folder / "index.html").string());
  }
  void SetUp() override {
    if (!said_.skipped.empty()) GTEST_SKIP() << said_.skipped;
    ASSERT_EQ(said_.problem, "");
  }

  static inline testing::ScriptSaid said_;
  static inline bool has_library_ = false;
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, said_.found.dump(1)};
};

std::vector<double> numbers(const Json& list) { return list.get<std::vector<double>>(); }

TEST_F(Browser, ShowsALargeReportAndDoesWhatItsReaderAsks) {
  const Json& found = said_.found;
  EXPECT_EQ(found["problems"], Json::array());
  EXPECT_EQ(found["requests"], Json::array());
  EXPECT_EQ(found["scripts_in_data"], 0);
  EXPECT_EQ(found["title"], std::string(kAttack) + " - dlwork report");
  EXPECT_EQ(found["sections"].size(), 5u);
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
  EXPECT_EQ(found["on_paper"]["drawings"], 8) << "as drawings, whatever scripts made of them";
  EXPECT_EQ(found["on_paper"]["canvases"], 0);
  EXPECT_EQ(found["on_paper"]["to_press"], 0);
  EXPECT_GT(found["paper_bytes"].get<double>(), 10000);
  for (const char* scheme : {"light", "dark"}) {
    EXPECT_EQ(found[scheme]["is_dark"], std::string(scheme) == "dark");
    EXPECT_GE(found[scheme]["least"].get<double>(), 4.5) << "WCAG 2 AA, text";
    EXPECT_GE(found[scheme]["least_of_series"].get<double>(), 3) << "WCAG 2 AA, graphics";
  }
}

TEST_F(Browser, SortsDurationsByTheirSecondsAndLeavesATotalLast) {
  EXPECT_EQ(said_.found["took"], Json::array({Json::array({"5.5 s", "45.0 s", "4 min 38 s"}),
                                              Json::array({"4 min 38 s", "45.0 s", "5.5 s"})}));
  EXPECT_EQ(said_.found["summed"], Json::array({Json::array({"0", "8", "24", "32"}),
                                                Json::array({"24", "8", "0", "32"})}));
}

TEST_F(Browser, DrawsPlotsThatAnswer) {
  if (!has_library_) GTEST_SKIP() << "built without Chart.js";
  const Json& found = said_.found;
  EXPECT_EQ(found["plots"], Json::array({true, true, true, true, true, true}));
  EXPECT_EQ(found["matrices"], 1);  // is still a drawing; the others are replaced
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
  EXPECT_EQ(keys["shown_again"], true) << "by Escape";
}

TEST_F(Browser, ZoomsAnAxisOfDecadesByKeys) {
  if (!has_library_) GTEST_SKIP() << "built without Chart.js";
  const Json& rates = said_.found["rates"];
  const auto expect = [&](const char* when, double low, double high) {
    const auto range = numbers(rates[when]);
    EXPECT_NEAR(range[0], low, 1e-4 * low) << when;
    EXPECT_NEAR(range[1], high, 1e-4 * high) << when;
  };
  expect("all", 0.001, 1);
  // 0.7 of three decades, about their middle.
  expect("closer", std::pow(10, -1.5 - 1.05), std::pow(10, -1.5 + 1.05));
  expect("wider", 0.001, 1);
  EXPECT_EQ(rates["again"], Json::array({nullptr, nullptr}));
}

TEST_F(Browser, AnswersThePointer) {
  if (!has_library_) GTEST_SKIP() << "built without Chart.js";
  const Json& found = said_.found["by_pointer"];
  EXPECT_EQ(found["tip"], "trial 100\n" + std::string(kAttack) + " 50\nbest 100");
  // Dragged from 50, 120 to 150, 40, but for a pixel.
  const Json& dragged = found["dragged"];
  EXPECT_NEAR(dragged["x"][0].get<double>(), 50, 1.5);
  EXPECT_NEAR(dragged["x"][1].get<double>(), 150, 1.5);
  EXPECT_NEAR(dragged["y"][0].get<double>(), 40, 1.5);
  EXPECT_NEAR(dragged["y"][1].get<double>(), 120, 1.5);
  EXPECT_EQ(dragged["reset_shown"], true);
  EXPECT_EQ(found["reset"]["zoomed"], false) << "the button shows all again";
  EXPECT_EQ(found["reset"]["reset_shown"], false);
}

TEST_F(Browser, ZoomsTheValuesOfBarsAndLeavesTheirNames) {
  if (!has_library_) GTEST_SKIP() << "built without Chart.js";
  const Json& bars = said_.found["bars"];
  const auto all = numbers(bars["all"][0]), closer = numbers(bars["closer"][0]);
  const double reach = all[1] - all[0];
  EXPECT_GE(all[1], 0.5);
  EXPECT_NEAR(closer[0], all[0] + 0.15 * reach, 1e-9);
  EXPECT_NEAR(closer[1], all[1] - 0.15 * reach, 1e-9);
  EXPECT_EQ(bars["closer"][1], bars["all"][1]);
  EXPECT_EQ(bars["again"], bars["all"]);
}

TEST_F(Browser, FollowsTwoFingers) {
  if (!has_library_) GTEST_SKIP() << "built without Chart.js";
  const Json& found = said_.found["by_fingers"];
  EXPECT_EQ(found["again"]["zoomed"], false) << "the button shows all again";
  const auto all_x = numbers(found["again"]["seen"][0]), all_y = numbers(found["again"]["seen"][1]);
  // From 75 and 125 to 50 and 150: half as much is seen, and 100, 80 stays between the fingers.
  const auto apart_x = numbers(found["apart"]["seen"][0]),
             apart_y = numbers(found["apart"]["seen"][1]);
  EXPECT_NEAR(apart_x[0], (all_x[0] + 100) / 2, 1);
  EXPECT_NEAR(apart_x[1], (all_x[1] + 100) / 2, 1);
  EXPECT_NEAR(apart_y[0], (all_y[0] + 80) / 2, 1);
  EXPECT_NEAR(apart_y[1], (all_y[1] + 80) / 2, 1);
  EXPECT_EQ(found["apart"]["reset_shown"], true);
  // And 25 of what was seen before to the right.
  const auto aside_x = numbers(found["aside"]["seen"][0]);
  EXPECT_NEAR(aside_x[0], apart_x[0] - 12.5, 1);
  EXPECT_NEAR(aside_x[1], apart_x[1] - 12.5, 1);
  const auto aside_y = numbers(found["aside"]["seen"][1]);
  EXPECT_NEAR(aside_y[0], apart_y[0], 1);
  EXPECT_NEAR(aside_y[1], apart_y[1], 1);
}

/// `found`: what a matrix shows, from which column and row to which. `tolerance`: of a cell.
void expect_shown(const Json& found, const std::vector<double>& columns,
                  const std::vector<double>& rows, double tolerance) {
  for (const size_t end : {0u, 1u}) {
    EXPECT_NEAR(numbers(found["columns"])[end], columns[end], tolerance);
    EXPECT_NEAR(numbers(found["rows"])[end], rows[end], tolerance);
  }
}

constexpr double kByKeys = 0.01, kByPointer = 0.2;  // the pointer by a pixel

TEST_F(Browser, ZoomsAMatrixByKeys) {
  const Json& found = said_.found["matrix"];
  expect_shown(found["all"], {0, 40}, {0, 12}, kByKeys);
  EXPECT_EQ(found["all"]["column_names"].size(), 20u) << "where there is room for each other one";
  EXPECT_EQ(found["all"]["row_names"].size(), 6u);
  EXPECT_EQ(found["all"]["numbers"], false);
  EXPECT_EQ(found["all"]["reset_shown"], false);
  // 0.7 of 40 columns and of 12 rows, about their middle: cells large enough for all names.
  const Json& closer = found["closer"];
  EXPECT_EQ(closer["focused"], true);
  expect_shown(closer, {6, 34}, {1.8, 10.2}, kByKeys);
  EXPECT_EQ(closer["column_names"].size(), 28u);
  EXPECT_EQ(closer["column_names"][0], "column 6");
  EXPECT_EQ(closer["row_names"],
            Json::array({"row 2", "row 3", "row 4", "row 5", "row 6", "row 7", "row 8", "row 9"}));
  EXPECT_EQ(closer["reset_shown"], true);
  for (const char* back : {"again", "wider"}) {
    SCOPED_TRACE(back);  // by 0; and there is nothing beyond that - could show
    expect_shown(found[back], {0, 40}, {0, 12}, kByKeys);
    EXPECT_EQ(found[back]["column_names"], found["all"]["column_names"]);
    EXPECT_EQ(found[back]["reset_shown"], false);
  }
}

TEST_F(Browser, TellsAMatrixsValuesByArrows) {
  const Json& found = said_.found["matrix"];
  // The first cell that is shown whole is row 2, column 6; then down.
  EXPECT_EQ(found["stepped"]["told"], "row 3, column 6: 3.75");
  EXPECT_EQ(found["stepped"]["tip"], "row 3, column 6: 3.75");
  expect_shown(found["stepped"], {6, 34}, {1.8, 10.2}, kByKeys);
  EXPECT_EQ(found["followed"]["told"], "row 3, column 5: 3.625");
  expect_shown(found["followed"], {5, 33}, {1.8, 10.2}, kByKeys);
}

TEST_F(Browser, ZoomsAMatrixByThePointerAndTwoFingers) {
  const Json& found = said_.found["matrix"];
  EXPECT_EQ(found["over"]["tip"], "row 3, column 20: 5.5");
  const Json& dragged = found["dragged"];
  expect_shown(dragged, {10, 20}, {3, 9}, kByPointer);
  EXPECT_EQ(dragged["row_names"],
            Json::array({"row 3", "row 4", "row 5", "row 6", "row 7", "row 8"}));
  EXPECT_EQ(dragged["numbers"], true) << "now that there is room for them";
  EXPECT_EQ(dragged["reset_shown"], true);
  expect_shown(found["reset"], {0, 40}, {0, 12}, kByKeys);
  EXPECT_EQ(found["reset"]["numbers"], false);
  EXPECT_EQ(found["reset"]["reset_shown"], false) << "the button shows all again";
  // From columns 15 and 25 to 10 and 30: half as much is seen, and column 20, row 6 stays.
  expect_shown(found["apart"], {10, 30}, {3, 9}, kByPointer);
}

TEST_F(Browser, LeadsFromAFindingToItsPicture) {
  const Json& pictures = said_.found["pictures"];
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[0], Json({{"from", "phase-tune"},
                               {"to", "figure-tune-l"},
                               {"within", "phase-tune"},
                               {"title", "Lines"},
                               {"seen", true}}));
  EXPECT_EQ(pictures[1], Json({{"from", "phase-ensemble"},
                               {"to", "figure-ensemble-l"},
                               {"within", "phase-ensemble"},
                               {"title", "Members"},
                               {"seen", true}}))
      << "out of a fold too";
}

TEST_F(Browser, SearchesTheFindings) {
  EXPECT_EQ(said_.found["findings"],
            Json({{"told", "1 of 60"}, {"shown", Json::array({"finding-7"})}}));
  EXPECT_EQ(said_.found["searches"], 2);
  EXPECT_EQ(said_.found["hidden_searches"], 0) << "not in the fold of the notes they search";
}

TEST_F(Browser, SavesAPlotsValues) {
  const Json& saved = said_.found["saved"];
  ASSERT_TRUE(saved.is_object()) << "nothing was saved";
  EXPECT_EQ(saved["name"], "lines.csv");
  const std::vector<std::string> lines = split(saved["text"].get<std::string>(), '\n');
  ASSERT_EQ(lines.size(), 2u * kTrials + 2u);  // a head, and nothing past the last line's end
  EXPECT_EQ(lines[0], "series,trial,accuracy,low,high");
  EXPECT_EQ(lines[1 + 3], std::string(kAttack) + ",3,1.5,1.2,3");
  EXPECT_EQ(lines[1 + kTrials + 3], "best,3,3,,");
}

TEST_F(Browser, TakesTheFocusToEveryControlByTab) {
  EXPECT_GT(said_.found["controls"], 100);
  EXPECT_EQ(said_.found["unreached"], Json::array());
}

TEST_F(Browser, TurnsAMapInThreeDimensions) {
  if (!has_library_) GTEST_SKIP() << "built without Chart.js";
  const Json& found = said_.found;
  EXPECT_EQ(found["views"], Json::array({"2-D, t-SNE", "3-D, PCA"}));
  const Json& space = found["space"];
  EXPECT_EQ(space["flat"], Json::array({1, 1})) << "the second point as it is in two dimensions";
  EXPECT_EQ(space["pressed"], Json::array({"false", "true"}));
  EXPECT_NE(space["seen"], space["flat"]);
  EXPECT_NE(space["turned"], space["seen"]) << "by Shift and an arrow";
  EXPECT_NEAR(space["closer"].get<double>(), 0.7, 1e-9) << "by a + that takes Shift";
  EXPECT_NE(space["dragged"], space["turned"]);
  EXPECT_EQ(space["hidden"], true) << "the legend works there too";
  EXPECT_EQ(space["back"], space["flat"]);
}

}  // namespace
}  // namespace dlwork::report
