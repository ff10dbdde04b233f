#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "dlwork/base/files.h"
#include "dlwork/report/render.h"
#include "report/builders.h"
#include "report/markup.h"
#include "support/temporary_folder.h"

namespace dlwork::report {
namespace {

using artefact::Figure;
using artefact::Severity;
using artefact::Verdict;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAttack[] = "<script>alert(1)</script>\" onload=\"x' & </style>";
const std::string kPng = std::string("\x89PNG\r\n\x1a\n", 8) + "rest";

ReportInput input_of(const artefact::PhaseResult& result,
                     const std::filesystem::path& folder = "") {
  ReportInput input;
  input.project_name = "shoes";
  input.question = "Which shoe?";
  input.entries = {{result, folder, "2", "Check the data"}};
  input.next = {"dlwork audit", "mend the split"};
  return input;
}

Figure gallery(const std::string& file) {
  return {"p", "Mistakes", "pictures",
          Json{{"items", Json::array({{{"file", file}, {"caption", "Shirt <0.99>"}}})}}, ""};
}

TEST(Html, ShowsVerdictFindingsAndNextStep) {
  const std::string page = to_html(input_of(audited()));
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("<h1>shoes <span class=\"badge fail\"><span aria-hidden=\"true\">✕"
                              "</span> FAIL</span></h1>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"#phase-audit\">"));
  EXPECT_THAT(page, HasSubstr("<section id=\"phase-audit\" class=\"phase\">"));
  EXPECT_THAT(page, HasSubstr("<code>dlwork audit</code> mend the split"));
  EXPECT_THAT(page, HasSubstr("<details class=\"finding error\" open><summary><span class=\"tag\">"
                              "error</span> <code>overlap</code> <span>312 samples in both parts"
                              "</span></summary>"));
  EXPECT_THAT(page, HasSubstr("<code>data.split</code> project.yaml:22:5"));
  EXPECT_THAT(page, HasSubstr("<div class=\"finding info\">"));
  EXPECT_THAT(page, HasSubstr("took 12.5 s"));
}

TEST(Html, ShowsPhasesThatHaveNotRun) {
  ReportInput input = input_of(audited());
  input.entries.push_back({result_of("tune", Verdict::kPass, ""), "", "6", "Search", false});
  const std::string page = to_html(input);
  EXPECT_THAT(page, HasSubstr("tune</span><span class=\"badge unrun\">not run yet</span>"));
  EXPECT_THAT(page, Not(HasSubstr("phase-tune")));
  EXPECT_EQ(markup_problem(to_html({})), "");
}

artefact::PhaseResult attacked() {
  auto result = result_of(kAttack, Verdict::kWarn, kAttack);
  auto bad = placed(finding(kAttack, Severity::kWarn, kAttack, kAttack), kAttack, 1, 1, kAttack);
  bad.evidence = {{kAttack, kAttack}};
  result.findings = {bad};
  result.metrics = {{kAttack, 1, 0.5, 2, kAttack, 3, kAttack, true}};
  result.tables = {{"t", kAttack, {kAttack}, {}, {{kAttack}}, kAttack}};
  result.artefacts = {{kAttack, kAttack, kAttack}};
  result.record = {{"time", kAttack}, {kAttack, kAttack}};
  const Json names = Json::array({kAttack, kAttack});
  const Json series = Json::array(
      {{{"name", kAttack}, {"x", {1, 2}}, {"y", {1, 2}}, {"values", {1, 2}}, {"counts", {1}}},
       {{"name", kAttack}, {"x", {1, 2}}, {"y", {1, 2}}, {"labels", names}}});
  for (const char* kind :
       {"lines", "bars", "matrix", "scatter", "histogram", "embedding", "pictures", kAttack}) {
    Figure figure{kAttack, kAttack, kind, {}, kAttack};
    figure.data = {{"x_label", kAttack},
                   {"y_label", kAttack},
                   {"row_label", kAttack},
                   {"column_label", kAttack},
                   {"series", series},
                   {"labels", names},
                   {"rows", names},
                   {"edges", {1, 2}},
                   {"method", kAttack},
                   {"sprite", {{"file", kAttack}, {"width", 1}, {"height", 1}, {"columns", 1}}},
                   {"columns", names},
                   {"marks", Json::array({{{"y", 1}, {"label", kAttack}}})},
                   {"items", Json::array({{{"file", kAttack}, {"caption", kAttack}}})}};
    figure.data["values"] = Json::array({{1, 2}, {3, 4}});
    result.figures.push_back(figure);
  }
  return result;
}

Figure curve(const std::string& id, const std::string& title, const std::string& group = "") {
  const Json series = {{"name", "a"}, {"x", {1, 2}}, {"y", {3, 4}}};
  Json data = {{"series", Json::array({series})}};
  if (!group.empty()) data["group"] = group;
  return {id, title, "lines", data, ""};
}

artefact::Finding shown_by(const Json& figure) {
  auto made = finding("diagnosis-plateau", Severity::kWarn, "the loss stands still");
  made.evidence = {{"figure", figure}, {"epochs", 5}};
  return made;
}

TEST(Html, LinksAFindingToItsPictureInItsOwnPhase) {
  auto baseline = result_of("baseline", Verdict::kWarn, "");
  baseline.figures = {curve("loss-curve", "Loss of the baseline")};
  baseline.findings = {shown_by("loss-curve")};
  auto diagnose = result_of("diagnose", Verdict::kWarn, "");
  diagnose.figures = {curve("metric", "Metric"), curve("loss-curve", "Loss <by> epoch"),
                      curve("loss-curve", "The same id again")};
  diagnose.findings = {shown_by("loss-curve")};
  ReportInput input = input_of(baseline);
  input.entries.push_back({diagnose, "", "5", "Look"});
  const std::string page = to_html(input);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("<a href=\"#figure-baseline-loss-curve\">Picture: Loss of the "
                              "baseline</a></p><dl class=\"evidence\"><dt>epochs</dt>"));
  EXPECT_THAT(page, HasSubstr("<figure id=\"figure-baseline-loss-curve\"><figcaption>Loss of the "
                              "baseline<"));
  EXPECT_THAT(page, HasSubstr("<a href=\"#figure-diagnose-loss-curve\">Picture: Loss &lt;by&gt; "
                              "epoch</a>"));
  EXPECT_THAT(page, HasSubstr("<figure id=\"figure-diagnose-loss-curve\"><figcaption>Loss &lt;by"));
  EXPECT_THAT(page, HasSubstr("<figure><figcaption>The same id again<")) << "ids are there once";
}

TEST(Html, ShowsEvidenceThatNamesNoPictureAsItIs) {
  auto result = result_of("audit", Verdict::kWarn, "");
  result.findings = {shown_by(0.95), shown_by("none-such")};
  const std::string page = to_html(input_of(result));
  EXPECT_THAT(page, HasSubstr("<dt>figure</dt><dd>0.95</dd>"));
  EXPECT_THAT(page, HasSubstr("<dt>figure</dt><dd>none-such</dd>"));
  EXPECT_THAT(page, Not(HasSubstr("Picture: ")));
}

TEST(Html, LinksToTheNoteOfAFigureThatWasLeftOut) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() / "a.png", kPng + std::string(500'000, 'x'));
  auto result = result_of("diagnose", Verdict::kWarn, "");
  for (int i = 0; i < 12; ++i) result.figures.push_back(gallery("a.png"));  // most of the room
  result.figures.push_back(curve("large", "Large"));
  result.figures.back().caption = std::string(700'000, 'c');
  result.findings = {shown_by("large")};
  const std::string page = to_html(input_of(result, folder.path()));
  EXPECT_THAT(page, HasSubstr("<a href=\"#figure-diagnose-large\">"));
  EXPECT_THAT(page, HasSubstr("<p id=\"figure-diagnose-large\" class=\"missing\">The figure &#39;"
                              "Large&#39; was left out"));
}

TEST(Html, FoldsFiguresOfAGroup) {
  auto result = result_of("diagnose", Verdict::kPass, "");
  result.figures = {curve("a", "First"), curve("b", "1 linear", "Over <time>"),
                    curve("c", "2 linear", "Over <time>"), curve("d", "Last")};
  const std::string page = to_html(input_of(result));
  EXPECT_EQ(markup_problem(page), "");
  const size_t fold = page.find(
      "<details class=\"fold\"><summary>Over &lt;time&gt; <small>2 figures"
      "</small></summary>\n<div class=\"figures\">\n<figure id=\"figure-"
      "diagnose-b\">");
  ASSERT_NE(fold, std::string::npos);
  const size_t end = page.find("</div>\n</details>", fold);
  const auto at = [&](const char* id) { return page.find("figure-diagnose-" + std::string(id)); };
  EXPECT_LT(at("a"), fold);
  EXPECT_LT(at("c"), end);
  EXPECT_GT(at("d"), end);
}

TEST(Html, SaysWhatARunTookAsTextAndInSeconds) {
  ReportInput input = input_of(audited());
  auto slow = audited(), unknown = audited();
  slow.record = {{"seconds", 278}};
  unknown.record = Json::object();
  input.entries[0].runs = {{"20261101-amber-heron", slow, ""},
                           {"20261102-amber-heron", unknown, ""},
                           {"20261103-amber-heron", audited(), ""}};
  const std::string page = to_html(input);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("<td class=\"right\" data-value=\"278\">4 min 38 s</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"right\" data-value=\"12.5\">12.5 s</td>"));
  EXPECT_THAT(page, Not(HasSubstr("data-value=\"0\"")));
}

TEST(Html, PutsATotalBelowTheRowsThatAreSorted) {
  auto result = result_of("diagnose", Verdict::kPass, "");
  artefact::Table layers{"layers", "Layers", {"layer", "parameters"}, {false, true}, {}, ""};
  layers.rows = {{"0 linear", "24"}, {"1 output", "8"}};
  result.tables = {layers};
  EXPECT_THAT(to_html(input_of(result)), Not(HasSubstr("<tfoot>")));
  result.tables[0].rows.push_back({"all", "32"});
  const std::string page = to_html(input_of(result));
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("<tr><td>1 output</td><td class=\"right\">8</td></tr>\n</tbody>"
                              "<tfoot><tr><td>all</td><td class=\"right\">32</td></tr>\n"
                              "</tfoot></table>"));
}

TEST(Html, SaysWhatMadeAResult) {
  auto result = result_of("tune", Verdict::kPass, "");
  result.record = {{"time", "2026-11-26T09:00:00Z"},
                   {"seconds", 12.5},
                   {"device", "cpu"},
                   {"threads", 2},
                   {"seed", 71},
                   {"dlwork", "9.8.7"},
                   {"libtorch", "2.13.0"},
                   {"commit", "c0ffee"},
                   {"fingerprint", "0123456789abcdef0123456789abcdef"}};
  const std::string page = to_html(input_of(result));
  EXPECT_THAT(page, HasSubstr("<summary>What made this result <small>2026-11-26T09:00:00Z · took "
                              "12.5 s · device cpu · threads 2 · seed 71 · dlwork 9.8.7 · LibTorch "
                              "2.13.0 · fingerprint 0123456789ab</small></summary>"));
  EXPECT_THAT(page,
              HasSubstr("&quot;fingerprint&quot;: &quot;0123456789abcdef0123456789abcdef&quot;"))
      << "in full in the fold";
  EXPECT_THAT(page, HasSubstr("&quot;commit&quot;: &quot;c0ffee&quot;"));
}

TEST(Html, CarriesTheLicenceOfWhatItCarries) {
  auto result = result_of("tune", Verdict::kPass, "");
  EXPECT_THAT(to_html(input_of(result)), Not(HasSubstr("Chart.js")));
  result.figures = {curve("l", "Loss")};
  const std::string page = to_html(input_of(result));
  if (page.find(" * Chart.js v") == std::string::npos) GTEST_SKIP() << "built without Chart.js";
  EXPECT_THAT(page,
              HasSubstr("<summary>Plots by Chart.js</summary><p>Chart.js: copyright 2014-2022 "
                        "Chart.js Contributors. Permission is hereby granted, free of charge"));
  EXPECT_THAT(page, HasSubstr("The above copyright notice and this permission notice shall be "
                              "included in all copies or substantial portions of the Software."));
  EXPECT_THAT(page, HasSubstr("THE SOFTWARE IS PROVIDED &quot;AS IS&quot;, WITHOUT WARRANTY OF ANY "
                              "KIND"));
}

TEST(Html, EscapesEveryString) {
  ReportInput input = input_of(attacked());
  input.project_name = input.question = input.entries[0].number = input.entries[0].title = kAttack;
  input.next = {kAttack, kAttack};
  const std::string page = to_html(input);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("\" onload")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(Html, AsksNoOtherPlaceForAnything) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() / "a.png", kPng);
  auto result = attacked();
  result.figures.push_back(gallery("a.png"));
  std::string page = to_html(input_of(result, folder.path()));
  // The plotting library names places in its comments; what it does is watched in browser_test.
  const size_t library = page.find("/*!\n * Chart.js");
  if (library != std::string::npos) page.erase(library, page.find("</script>", library) - library);
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'; img-src data:;"));
  const std::regex outside("(src|href)=\"(?!data:image/png;base64,|#)");
  EXPECT_FALSE(std::regex_search(page, outside));
  // The script that runs bears the nonce that the policy names.
  std::smatch nonce;
  ASSERT_TRUE(std::regex_search(page, nonce, std::regex("'nonce-([0-9a-f]{32})'")));
  EXPECT_THAT(page, HasSubstr("<script nonce=\"" + nonce[1].str() + "\">"));
}

TEST(Html, EmbedsPicturesAndSaysWhichItCannotRead) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() / "a.png", kPng);
  write_file(folder.path() / "b.png", "no picture");
  auto result = result_of("diagnose", Verdict::kPass, "");
  result.figures = {gallery("a.png"), gallery("b.png"), gallery("../a.png"), gallery("/etc/passwd"),
                    gallery("none.png")};
  const std::string page = to_html(input_of(result, folder.path()));
  EXPECT_THAT(page, HasSubstr("<img alt=\"Shirt &lt;0.99&gt;\" "
                              "src=\"data:image/png;base64,iVBORw0KGgpyZXN0\">"));
  EXPECT_THAT(page, HasSubstr("b.png: no PNG picture"));
  EXPECT_THAT(page, HasSubstr("../a.png: not a file of the run folder"));
  EXPECT_THAT(page, HasSubstr("/etc/passwd: not a file of the run folder"));
  EXPECT_THAT(page, HasSubstr("none.png: No such file or directory"));
  EXPECT_EQ(markup_problem(page), "");
}

TEST(Html, StaysBelowFiveMegabytesAndSaysWhatIsLeftOut) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() / "a.png", kPng + std::string(500'000, 'x'));
  auto result = result_of("diagnose", Verdict::kPass, "");
  for (int i = 0; i < 12; ++i) result.figures.push_back(gallery("a.png"));
  for (int i = 0; i < 20'000; ++i) {
    result.findings.push_back(finding("id", Severity::kInfo, std::string(300, 'm')));
  }
  const std::string page = to_html(input_of(result, folder.path()));
  EXPECT_LT(page.size(), 5'000'000u);
  EXPECT_THAT(page, HasSubstr("findings left out to keep the page small"));
  EXPECT_THAT(page, HasSubstr("1 picture left out to keep the page small"));
  EXPECT_EQ(markup_problem(page), "");
}

TEST(Html, CarriesTheValuesOfAMatrixTooLargeToDraw) {
  Json names = Json::array(), values = Json::array();
  for (int i = 0; i < 61; ++i) names.push_back("class " + std::to_string(i));
  for (int i = 0; i < 61; ++i) values.push_back(std::vector<int>(61, i));
  auto result = result_of("diagnose", Verdict::kPass, "");
  result.figures = {
      {"m", "Large", "matrix", {{"rows", names}, {"columns", names}, {"values", values}}, ""}};
  const std::string page = to_html(input_of(result));
  EXPECT_THAT(page,
              HasSubstr("<p class=\"missing\">61 rows and 61 columns are too many to draw.</p>"
                        "<script type=\"application/json\" class=\"figure-data\">{"));
  EXPECT_THAT(page, HasSubstr("\"class 60\""));
  EXPECT_EQ(markup_problem(page), "");
}

TEST(Html, SaysWhereThereIsNothingToDraw) {
  auto result = result_of("tune", Verdict::kPass, "");
  result.figures = {{"e", "Empty", "lines", Json::object(), ""}, {"n", "New", "violin", {}, ""}};
  const std::string page = to_html(input_of(result));
  EXPECT_THAT(page,
              HasSubstr("<figcaption>Empty</figcaption><p class=\"missing\">Nothing to draw."));
  EXPECT_THAT(page, HasSubstr("Figures of kind 'violin' are not known"));
}

}  // namespace
}  // namespace dlwork::report
