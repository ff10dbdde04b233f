#include "report/figure_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dlwork::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json read_back(const std::string& kind, const std::string& data) {
  return Json::parse(figure_json({"id", "Title", kind, Json::parse(data), ""}));
}

TEST(FigureJson, HoldsTypedValues) {
  const Json json =
      read_back("lines", R"({"x_label": "epoch", "marks": [{"y": 0.9, "label": "goal"}],
      "series": [{"name": "a", "x": [1, 2, 3], "y": [0.123456789, null, "no"]}]})");
  EXPECT_EQ(json["kind"], "lines");
  EXPECT_EQ(json["title"], "Title");
  EXPECT_EQ(json["series"][0]["x"], Json::parse("[1, 2, 3]"));
  EXPECT_EQ(json["series"][0]["y"], Json::parse("[0.1234568, null, null]"));
  EXPECT_EQ(json["marks"], Json::parse(R"([{"x": null, "y": 0.9, "label": "goal"}])"));
  EXPECT_EQ(
      read_back("histogram", R"({"edges": [0, 1, 2], "series": [{"counts": [3]}]})")["series"],
      Json::parse(R"([{"name": "", "y": [3, null]}])"));
  EXPECT_EQ(read_back("embedding", R"({"series": [], "sprite": {"file": "s.png", "width": 4,
                                       "height": 5, "columns": 6}})")["tile"],
            Json::parse(R"({"width": 4, "height": 5, "columns": 6})"));
  EXPECT_EQ(figure_json({"id", "t", "violin", Json::object(), ""}), "");
}

TEST(FigureJson, PlacesAMapsPointsInSpaceWhereAllHaveOne) {
  const Json whole = read_back("embedding", R"({"space_method": "PCA", "series": [
      {"name": "a", "x": [1, 2], "y": [3, 4], "space": [[1, 2], [3, 4], [5, 6.5]]},
      {"name": "b", "x": [9], "y": [9], "space": [[7], [null], [9]]}]})");
  EXPECT_EQ(whole["series"][0]["space"], Json::parse("[[1, 2], [3, 4], [5, 6.5]]"));
  EXPECT_EQ(whole["series"][1]["space"], Json::parse("[[7], [null], [9]]"));
  EXPECT_EQ(whole["space_method"], "PCA");
  for (const char* space : {"[[1], [3], [5]]", "[[1, 2], [3, 4]]", "3", "[1, 2, 3]"}) {
    const Json part = read_back("embedding", std::string(R"({"series": [
        {"name": "a", "x": [1, 2], "y": [3, 4], "space": )") +
                                                 space + "}]}");
    EXPECT_FALSE(part["series"][0].contains("space")) << space;
    EXPECT_FALSE(part.contains("space_method"));
  }
}

TEST(FigureJson, CannotLeaveItsScript) {
  const std::string attack = R"(</script><script>alert("1")\" onload='x' & \u0022 \\" <!--)";
  Json data = {{"series", Json::array({{{"name", attack}, {"x", {1}}, {"y", {1}}}})}};
  const std::string json = figure_json({"id", attack, "scatter", data, ""});
  EXPECT_THAT(json, Not(HasSubstr("<")));
  EXPECT_THAT(json, Not(HasSubstr(">")));
  EXPECT_THAT(json, Not(HasSubstr("'")));
  EXPECT_THAT(json, Not(HasSubstr("\\\"")));
  EXPECT_EQ(Json::parse(json)["series"][0]["name"], attack);
  EXPECT_EQ(Json::parse(json)["title"], attack);
}

TEST(FigureJson, ThinsWhatNobodyCouldTellApart) {
  Json x = Json::array();
  for (int i = 0; i < 12'000; ++i) x.push_back(i);
  const Json data = {{"series", Json::array({{{"name", "a"}, {"x", x}, {"y", x}}})}};
  const Json json = Json::parse(figure_json({"id", "t", "scatter", data, ""}));
  EXPECT_EQ(json["series"][0]["x"].size(), 4'000u);
  EXPECT_EQ(json["series"][0]["y"][3'999], 11'997);
}

}  // namespace
}  // namespace dlwork::report
