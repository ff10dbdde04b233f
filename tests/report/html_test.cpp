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
