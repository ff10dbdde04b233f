#include "report/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/markup.h"

namespace dlwork::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

XyData curve(const std::string& y) {
  return read_xy(Json::parse(R"({"x_label": "epoch", "y_label": "loss", "series": [
      {"name": "training", "x": [0, 1, 2, 3, 4], "y": )" +
                             y + "}]}"));
}

TEST(Px, RoundsToATenth) {
  EXPECT_EQ(px(12.34), "12.3");
  EXPECT_EQ(px(7), "7");
  EXPECT_EQ(px(-0.01), "0");
  EXPECT_EQ(px(1e300), "1000000");
}

// Field: left = gutter + 10 = 3 digits * 6.6 + 10 = 29.8, right = 466, top = 30, bottom = 258. The
// ranges get margins: x from -0.08 to 4.08, y from -0.05 to 1.05. So x 0 stands at
// 29.8 + 436.2 * 0.08 / 4.16 = 38.2 and y 1 at 30 + 228 * 0.05 / 1.1 = 40.4.
TEST(SvgLines, PutsPointsWhereTheScaleSays) {
  const std::string svg = svg_lines(curve("[1, 0.75, 0.5, 0.25, 0]"), "Loss");
  EXPECT_THAT(svg, HasSubstr("<path d=\"M38.2 40.4L143 92.2L247.9 144L352.8 195.8L457.6 247.6\" "
                             "class=\"line\"/>"));
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"38.2\" cy=\"40.4\" r=\"3\" class=\"point\"><title>"
                             "training\nepoch 0, loss 1</title></circle>"));
  EXPECT_THAT(svg, HasSubstr("class=\"tick\">0.2</text>"));
  EXPECT_EQ(markup_problem(svg), "");
}

TEST(SvgLines, LeavesGapsWhereValuesAreMissing) {
  const std::string svg = svg_lines(curve("[1, 0.75, null, 0.25, 0]"), "Loss");
  EXPECT_THAT(svg, HasSubstr("d=\"M38.2 40.4L143 92.2M352.8 195.8L457.6 247.6\""));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(SvgLines, OfNothingFiniteIsEmpty) {
  EXPECT_EQ(svg_lines(curve("[null, null, \"x\", 1e300, {}]"), "Loss"), "");
  EXPECT_EQ(svg_lines(read_xy(Json(3)), "Loss"), "");
  EXPECT_EQ(svg_lines(read_xy(Json::parse(R"({"series": 4})")), "Loss"), "");
}

TEST(SvgLines, DrawsMarksBandsAndALegend) {
  const XyData data = read_xy(Json::parse(R"({"series": [
      {"name": "a<b", "x": [1, 2, 3], "y": [1, 2, 3], "low": [0, 1, 2], "high": [2, null, 4]},
      {"name": "c", "x": [1, 2], "y": [3, 2]}], "marks": [{"y": 2.5, "label": "goal"}]})"));
  const std::string svg = svg_lines(data, "t");
  EXPECT_THAT(svg, HasSubstr("class=\"mark-label\">goal</text>"));
  EXPECT_THAT(svg, HasSubstr("</svg>a&lt;b</li>"));
  EXPECT_THAT(svg, HasSubstr("<g class=\"s1\">"));
  EXPECT_EQ(markup_problem(svg), "");
  // The gap in `high` splits the band in two.
  size_t bands = 0;
  for (size_t at = 0; (at = svg.find("class=\"band\"", at)) != std::string::npos; ++at) ++bands;
  EXPECT_EQ(bands, 2u);
}

TEST(SvgLines, LeavesOutWhatALogarithmicAxisCannotShow) {
  const XyData data = read_xy(Json::parse(
      R"({"log_x": true, "series": [{"name": "a", "x": [0, -1, 1, 100], "y": [1, 2, 3, 4]}]})"));
  const std::string svg = svg_lines(data, "t");
  EXPECT_THAT(svg, HasSubstr("class=\"tick\">100</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(SvgScatter, DrawsTheDiagonalOverTheSameRangeOnBothAxes) {
  const XyData data = read_xy(
      Json::parse(R"({"diagonal": true, "series": [{"name": "s", "x": [0, 10], "y": [2, 4]}]})"));
  const std::string svg = svg_scatter(data, "t");
  EXPECT_THAT(svg, HasSubstr("class=\"mark\"/>"));
  EXPECT_THAT(svg, Not(HasSubstr("class=\"line\"")));
  EXPECT_THAT(svg, HasSubstr("<g class=\"s0 cloud\">"));
}

TEST(SvgScatter, NamesItsPoints) {
  const XyData data = read_xy(Json::parse(
      R"({"series": [{"name": "s", "x": [0, 10], "y": [2, 4], "labels": ["row 7", "<b>"]}]})"));
  const std::string svg = svg_scatter(data, "t");
  EXPECT_THAT(svg, HasSubstr("<title>s\nrow 7\nx 0, y 2</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>s\n&lt;b&gt;\nx 10, y 4</title>"));
}

// left = the gutter's least 10 + 10 = 20, right = 466, top = 30, bottom = 274; margins as for
// lines: x from -0.08 to 4.08, y from -0.2 to 4.2. x 0 stands at 20 + 446 * 0.08 / 4.16 = 28.6, x 2
// at 243, x 4 at 457.4; y 0 at 274 - 244 * 0.2 / 4.4 = 262.9, y 4 at 41.1, y 1 at 207.5.
TEST(SvgHistogram, OutlinesItsBins) {
  const HistogramData data = read_histogram(
      Json::parse(R"({"edges": [0, 2, 4], "series": [{"name": "s", "counts": [4, 1]}]})"));
  const std::string svg = svg_histogram(data, "t");
  EXPECT_THAT(svg, HasSubstr("<path d=\"M28.6 262.9L28.6 41.1L243 41.1L243 207.5L457.4 207.5"
                             "L457.4 262.9\" class=\"line\"/>"));
  EXPECT_THAT(svg, HasSubstr("class=\"band\""));
  EXPECT_THAT(svg, Not(HasSubstr("class=\"point\"")));
  EXPECT_EQ(markup_problem(svg), "");
}

TEST(SvgHistogram, TakesNoBoundsThatDoNotRise) {
  for (const char* edges : {"[0, 2, 2]", "[0]", "[1, null, 3]", "\"x\""}) {
    const HistogramData data = read_histogram(Json::parse(
        std::string(R"({"series": [{"name": "s", "counts": [4, 1]}], "edges": )") + edges + "}"));
    EXPECT_EQ(svg_histogram(data, "t"), "") << edges;
  }
}

TEST(SvgEmbedding, ReadsItsSpriteWithinBounds) {
  const auto read = [](const char* sprite) {
    Json data = Json::parse(R"({"series": [{"name": "a", "x": [0], "y": [1], "tiles": [3]}]})");
    data["sprite"] = Json::parse(sprite);
    return read_embedding(data);
  };
  const EmbeddingData data = read(R"({"file": "s.png", "width": 28, "height": 20, "columns": 5})");
  EXPECT_EQ(data.sprite, "s.png");
  EXPECT_EQ(data.tile_width, 28);
  EXPECT_EQ(data.tile_height, 20);
  EXPECT_EQ(data.columns, 5);
  EXPECT_EQ(data.map.series[0].tiles, std::vector<double>{3});
  EXPECT_THAT(svg_embedding(data, "t"), HasSubstr("class=\"point\""));
  EXPECT_EQ(read(R"({"file": "s.png", "width": 1e9, "height": 20, "columns": 5})").sprite, "");
  EXPECT_EQ(read(R"({"file": "s.png"})").sprite, "");
  EXPECT_EQ(read("3").sprite, "");
}

// left = 5 * 6.6 + 10 = 43, right = 480 - 3 * 6.6 - 10 = 450.2: half of the way is 203.6 wide.
TEST(SvgBars, AreAsLongAsTheirValues) {
  const BarsData data = read_bars(Json::parse(R"({"labels": ["cat", "horse", "none"],
      "series": [{"name": "recall", "values": [0.5, 1, null]}]})"));
  const std::string svg = svg_bars(data, "Recall");
  EXPECT_THAT(svg, HasSubstr("<rect x=\"43\" y=\"26\" width=\"203.6\" height=\"14\" class=\"bar\">"
                             "<title>cat: 0.5</title></rect>"));
  EXPECT_THAT(svg,
              HasSubstr("width=\"407.2\" height=\"14\" class=\"bar\"><title>horse: 1</title>"));
  EXPECT_THAT(svg, HasSubstr(">none</text>"));
  EXPECT_EQ(markup_problem(svg), "");
}

TEST(SvgBars, StartNegativeValuesAtZero) {
  const BarsData data = read_bars(
      Json::parse(R"({"labels": ["a", "b"], "series": [{"name": "s", "values": [-1, 1]}]})"));
  const std::string svg = svg_bars(data, "t");
  // left = 16.6, right = 480 - 2 * 6.6 - 10 = 456.8; zero lies in the middle, at 236.7.
  EXPECT_THAT(svg, HasSubstr("<rect x=\"16.6\" y=\"26\" width=\"220.1\""));
  EXPECT_THAT(svg, HasSubstr("<rect x=\"236.7\" y=\"49\" width=\"220.1\""));
}

TEST(SvgMatrix, ShowsNumbersSharesAndNames) {
  const MatrixData data = read_matrix(Json::parse(R"({"row_label": "true",
      "column_label": "predicted", "rows": ["cat", "<dog>"], "columns": ["cat", "<dog>"],
      "values": [[90, 10], [0, 100]]})"));
  const std::string svg = svg_matrix(data, "Confusion");
  EXPECT_THAT(svg,
              HasSubstr("<title>true cat, predicted &lt;dog&gt;: 10 (10 % of the row)</title>"));
  EXPECT_THAT(svg, HasSubstr("fill-opacity=\"0.32\""));  // sqrt(10 / 100)
  EXPECT_THAT(svg, HasSubstr("class=\"cell on\">90</text>"));
  EXPECT_THAT(svg, HasSubstr("class=\"cell none\">0</text>"));
  EXPECT_EQ(markup_problem(svg), "");
  // left = 22 + 5 * 6.6 + 8 = 63, cells of 48 by 34 below 42; a number needs 3 * 6.6 * 0.9 = 17.8.
  EXPECT_THAT(svg, HasSubstr("<svg class=\"cells\" data-room=\"17.8\" x=\"63\" y=\"42\" "
                             "width=\"96\" height=\"68\"><rect x=\"0\" y=\"0\" width=\"47\" "
                             "height=\"33\""));
  EXPECT_THAT(svg, HasSubstr("<text x=\"57\" y=\"63\" text-anchor=\"end\" "
                             "class=\"tick strong\">cat</text>"));
  EXPECT_THAT(svg, Not(HasSubstr(" hidden")));
}

// left = 22 + 3 * 6.6 + 8 = 49.8, so a cell is (480 - 49.8 - 4) / 40 = 10.655 wide and high, less
// than the 11 of a name and the 5 * 6.6 * 0.9 = 29.7 of a number. The columns' names are turned,
// and top = 22 + 3 * 6.6 + 10 = 51.8.
TEST(SvgMatrix, HidesNamesAndNumbersThatHaveNoRoom) {
  MatrixData data;
  for (int r = 0; r < 12; ++r) data.rows.push_back("r" + std::to_string(r));
  for (int c = 0; c < 40; ++c) data.columns.push_back("c" + std::to_string(c));
  data.values.assign(12, std::vector<double>(40, 0.125));
  const std::string svg = svg_matrix(data, "t");
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_THAT(svg, HasSubstr("<svg class=\"cells crowded\" data-room=\"29.7\" x=\"49.8\" "
                             "y=\"51.8\" width=\"426.2\" height=\"127.9\">"));
  EXPECT_THAT(svg, HasSubstr("<text x=\"5.3\" y=\"9.3\" text-anchor=\"middle\" "
                             "class=\"cell on\">0.125</text>"));
  EXPECT_THAT(svg, HasSubstr("<g class=\"columns\" data-room=\"11\">"));
  EXPECT_THAT(svg, HasSubstr("<text x=\"69.8\" y=\"45.8\" transform=\"rotate(-90 69.8 45.8)\" "
                             "class=\"tick strong\" hidden>c1</text>"));
  EXPECT_THAT(svg, HasSubstr("transform=\"rotate(-90 80.4 45.8)\" class=\"tick strong\">c2<"));
  EXPECT_THAT(svg, HasSubstr(" text-anchor=\"end\" class=\"tick strong\">r0<"));
  EXPECT_THAT(svg, HasSubstr(" text-anchor=\"end\" class=\"tick strong\" hidden>r11<"));
}

TEST(SvgMatrix, TakesRaggedAndMissingValues) {
  const MatrixData data = read_matrix(Json::parse(
      R"({"rows": ["a", "b", "c"], "columns": ["x", "y"], "values": [[1], [null, -2, 5], "no"]})"));
  const std::string svg = svg_matrix(data, "t");
  EXPECT_THAT(svg, HasSubstr("<title>b, y: -2</title>"));
  EXPECT_THAT(svg, HasSubstr("class=\"heat minus\" fill-opacity=\"1\""));
  EXPECT_THAT(svg, HasSubstr("<title>c, x: none</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace dlwork::report
