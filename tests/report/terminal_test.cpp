#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "dlwork/report/render.h"
#include "report/builders.h"

namespace dlwork::report {
namespace {

using artefact::Figure;
using artefact::PhaseResult;
using artefact::Severity;
using artefact::Table;
using artefact::Verdict;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAudit[] = R"(FAIL audit: 2 errors in 70,000 samples

Findings: 2 errors, 1 warning, 1 waived, 1 note
  error  overlap data.split project.yaml:22:5
         312 samples in both parts
         do: Split by hash.
  error  pca
         could not be checked: out of memory
         do: Take fewer rows.
  warn   range project.yaml:9
         values from 0 to 255
         do: Scale.
  waived balance
         one class has 6 %
         waived: as in the field
  info   counts  60,000 training samples

Next: dlwork audit - mend the split first
)";

TEST(Terminal, ShowsVerdictFirstThenFindingsBySeverityAndTheNextStepLast) {
  EXPECT_EQ(to_terminal(audited(), {}), kAudit);
}

TEST(Terminal, ColourIsOnlyAnAddition) {
  TerminalOptions options;
  options.colour = Colour::kYes;
  const std::string coloured = to_terminal(audited(), options);
  EXPECT_TRUE(coloured.starts_with("\033[31mFAIL\033[0m ")) << coloured;
  EXPECT_EQ(std::regex_replace(coloured, std::regex("\033\\[[0-9]+m"), ""), kAudit);
}

TEST(Terminal, QuietShowsVerdictAndHeadlineOnly) {
  TerminalOptions options;
  options.detail = Detail::kQuiet;
  EXPECT_EQ(to_terminal(audited(), options), "FAIL audit: 2 errors in 70,000 samples\n");
}

TEST(Terminal, WrapsMessagesUnderTheirStart) {
  PhaseResult result = result_of("audit", Verdict::kWarn, "one thing stands out in these data");
  result.findings = {finding("id", Severity::kWarn, "eleven of the hundred rows have no label",
                             "Ask who labelled them, then drop them.")};
  TerminalOptions options;
  options.width = 40;
  EXPECT_EQ(to_terminal(result, options), R"(WARN audit: one thing stands out in
     these data

Findings: 1 warning
  warn   id
         eleven of the hundred rows have
         no label
         do: Ask who labelled them, then
             drop them.
)");
}

TEST(Terminal, WrapsNotesBesideTheirNames) {
  PhaseResult result = result_of("test", Verdict::kPass, "2 of 2 network tests pass");
  result.findings = {
      finding("net-save-load", Severity::kInfo, "the same bits"),
      finding("net-overfit-batch", Severity::kInfo, "loss went from 0.6345 to 0.06256 in 35 steps"),
  };
  TerminalOptions options;
  options.width = 60;
  EXPECT_EQ(to_terminal(result, options), R"(PASS test: 2 of 2 network tests pass

Findings: 2 notes
  info   net-save-load      the same bits
  info   net-overfit-batch  loss went from 0.6345 to 0.06256
                            in 35 steps
)");
}

TEST(Terminal, AlignsMetricsWithTheirIntervals) {
  PhaseResult result = result_of("baseline", Verdict::kPass, "");
  result.metrics = {{"accuracy", 0.87, 0.86, 0.88, "validation", 12000, "network", true},
                    {"accuracy", 0.1, {}, {}, "validation", 0, "trivial", true}};
  EXPECT_EQ(to_terminal(result, {}), R"(PASS baseline

  metric    of       part         value     95 % interval  samples
  ────────────────────────────────────────────────────────────────
  accuracy  network  validation  0.8700  0.8600 to 0.8800   12,000
  accuracy  trivial  validation  0.1000
)");
}

TEST(Terminal, VerboseShowsEvidenceBarsAndFiles) {
  PhaseResult result = audited();
  result.findings[2].evidence = {{"rows", {1, 2}}};
  result.figures = {{"b", "Recall", "bars", Json::parse(R"({"labels": ["cat", "horse"],
      "series": [{"name": "recall", "values": [0.5, 1]}]})"),
                     "By class."}};
  result.artefacts = {{"model", "model.safetensors", "467 KiB"}};
  EXPECT_THAT(to_terminal(result, {}), Not(HasSubstr("Recall")));
  TerminalOptions options;
  options.detail = Detail::kVerbose;
  const std::string text = to_terminal(result, options);
  EXPECT_THAT(text, HasSubstr("         evidence: {\"rows\":[1,2]}\n"));
  EXPECT_THAT(text,
              HasSubstr("  cat    0.5  █████████████████████████\n"
                        "  horse    1  ██████████████████████████████████████████████████\n"));
  EXPECT_THAT(text, HasSubstr("  model  model.safetensors  467 KiB\n"));
}

TEST(TableText, WrapsTheLongTextColumnAndKeepsNumbersWhole) {
  Table table{"t", "Models",      {"model", "accuracy", "note"}, {false, true, false},
              {},  "On 100 rows."};
  table.rows = {{"trees", "0.8983", "stopped by the time limit after 212 of 400 rounds"},
                {"trivial", "0.1", ""}};
  TerminalOptions options;
  options.width = 40;
  EXPECT_EQ(table_text(table, options), R"(Models
model    accuracy  note
────────────────────────────────────────
trees      0.8983  stopped by the time
                   limit after 212 of
                   400 rounds
trivial       0.1
On 100 rows.
)");
}

TEST(TableText, SaysWhatItLeavesOut) {
  Table table{"t", "", {}, {}, {{}}, ""};
  for (int c = 0; c < 12; ++c) {
    table.columns.push_back("column " + std::to_string(c));
    table.rows[0].push_back("value");
  }
  TerminalOptions options;
  options.width = 40;
  EXPECT_THAT(table_text(table, options), HasSubstr("… 7 more columns in a wider terminal"));
}

TEST(TableText, BreaksHeadingsAndLeavesOutColumnsRatherThanCutNamesAndNumbers) {
  Table table{"t",
              "",
              {"slice", "samples", "error inside", "gap, 95 %", "of all errors"},
              {false, true, true, true, true},
              {{"brightness above 103.3", "1,249", "0.12", "0.0643 [0.0461, 0.0845]", "19.4 %"}},
              ""};
  TerminalOptions options;
  options.width = 60;
  EXPECT_EQ(table_text(table, options),
            R"(slice             samples     error                gap, 95 %
                             inside
────────────────────────────────────────────────────────────
brightness above    1,249      0.12  0.0643 [0.0461, 0.0845]
103.3
… 1 more column in a wider terminal
)");
}

Figure curves() {
  return {"c", "Loss", "lines", Json::parse(R"({"x_label": "epoch", "y_label": "loss", "series": [
      {"name": "training", "x": [1, 2, 3, 4, 5], "y": [1, 0.5, null, 0.2, 0.1]}],
      "marks": [{"y": 0.6, "label": "goal"}]})"),
          ""};
}

TEST(TerminalPlot, DrawsLinesMarksAndGaps) {
  PhaseResult result = result_of("baseline", Verdict::kPass, "");
  result.figures = {curves()};
  TerminalOptions options;
  options.width = 40;
  EXPECT_EQ(to_terminal(result, options), R"(PASS baseline

Loss
  1.0 ┤⠱⡀
      │ ⠑⡄
      │  ⠘⡄
      │   ⠈⢆
      │┄┄┄┄⠈⠢⡀┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ goal
  0.5 ┤
      │
      │                 ⢀⡀
      │                  ⠈⠉⠒⠢⠤⣀ training
      └────────────────────────
             2          4
       epoch
)");
}

TEST(TerminalScatter, DrawsPointsAndTheDiagonal) {
  PhaseResult result = result_of("diagnose", Verdict::kPass, "");
  result.figures = {{"s", "Predicted", "scatter", Json::parse(R"({"x_label": "true",
      "y_label": "predicted", "diagonal": true,
      "series": [{"name": "s", "x": [0, 10], "y": [10, 0]}]})"),
                     ""}};
  TerminalOptions options;
  options.width = 30;
  EXPECT_EQ(to_terminal(result, options), R"(PASS diagnose

Predicted
  10 ┤⠁                    ··
     │                  ···
     │                ··
     │             ···
   5 ┤           ··
     │        ···
     │      ··
     │   ···
   0 ┤···                   ⢀
     └───────────────────────
      0                    10
      true across, predicted…
)");
}

TEST(TerminalPlot, DrawsTheFirstFewFiguresAndNamesTheOthers) {
  PhaseResult result = result_of("diagnose", Verdict::kPass, "");
  for (int i = 1; i <= 6; ++i) {
    result.figures.push_back(curves());
    result.figures.back().title = "Figure " + std::to_string(i);
  }
  const std::string text = to_terminal(result, {});
  EXPECT_THAT(text, HasSubstr("\nFigure 4\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nFigure 5\n")));
  EXPECT_THAT(text, HasSubstr("More figures: Figure 5; Figure 6 (HTML report, or --verbose)"));
  for (auto& figure : result.figures) figure.data["group"] = "Layers";
  EXPECT_THAT(to_terminal(result, {}),
              HasSubstr("More figures: Layers (HTML report, or --verbose)"));
  TerminalOptions options;
  options.detail = Detail::kVerbose;
  EXPECT_THAT(to_terminal(result, options), HasSubstr("\nFigure 6\n"));
}

TEST(TerminalMatrix, NamesColumnsByLetters) {
  PhaseResult result = result_of("diagnose", Verdict::kPass, "");
  result.figures = {{"m", "Confusion", "matrix", Json::parse(R"({"row_label": "true",
      "column_label": "predicted", "rows": ["cat", "horse"], "columns": ["cat", "horse"],
      "values": [[90, 10], [0, 100]]})"),
                     ""}};
  EXPECT_EQ(to_terminal(result, {}), R"(PASS diagnose

Confusion
             a    b
  cat   a   90   10
  horse b    ·  100
  rows: true, columns: predicted
)");
}

std::string random_text(Rng& rng, int longest) {
  const std::vector<std::string> parts{
      "a",        "word", " ",    "漢字", "é", "e\xCC\x81", "😀", "\n",           "\t", "ﾊ", "한국",
      "\033[31m", "\xFF", "\xC3", "  ",   "/", "-",         "٣", "\xE2\x80\xAE", "…",  "."};
  std::string text;
  const auto count = rng.below(static_cast<std::uint64_t>(longest));
  for (std::uint64_t i = 0; i < count; ++i) text += parts[rng.below(parts.size())];
  return text;
}

Json random_numbers(Rng& rng, std::uint64_t count) {
  Json numbers = Json::array();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto kind = rng.below(12);
    if (kind == 0) {
      numbers.push_back(nullptr);
    } else if (kind == 1) {
      numbers.push_back(rng.normal() * 1e200);
    } else {
      numbers.push_back(rng.normal() * 1000);
    }
  }
  return numbers;
}

Json random_texts(Rng& rng, std::uint64_t count) {
  Json texts = Json::array();
  for (std::uint64_t i = 0; i < count; ++i) texts.push_back(random_text(rng, 12));
  return texts;
}

Figure random_figure(Rng& rng, const std::string& kind) {
  const auto count = rng.below(30);
  Json series = Json::array(), values = Json::array();
  for (std::uint64_t s = 0; s < rng.below(12); ++s) {
    series.push_back({{"name", random_text(rng, 20)},
                      {"x", random_numbers(rng, count)},
                      {"y", random_numbers(rng, count)},
                      {"values", random_numbers(rng, count)}});
  }
  const auto rows = rng.below(30);
  for (std::uint64_t r = 0; r < rows; ++r) values.push_back(random_numbers(rng, count));
  Figure figure{"f", random_text(rng, 40), kind, {}, random_text(rng, 80)};
  figure.data = {{"x_label", random_text(rng, 40)},
                 {"log_x", rng.below(2) == 0},
                 {"series", series},
                 {"marks", Json::array({{{"y", rng.normal()}, {"label", random_text(rng, 30)}},
                                        {{"x", rng.normal()}, {"label", random_text(rng, 30)}}})},
                 {"labels", random_texts(rng, count)},
                 {"row_label", random_text(rng, 30)},
                 {"column_label", random_text(rng, 30)},
                 {"rows", random_texts(rng, rows)},
                 {"columns", random_texts(rng, count)},
                 {"values", values},
                 {"items", Json::array({{{"file", random_text(rng, 50)}, {"caption", "c"}}})}};
  return figure;
}

Table random_table(Rng& rng) {
  Table table{"t", random_text(rng, 60), {}, {}, {}, random_text(rng, 200)};
  const auto columns = rng.below(14);
  for (std::uint64_t c = 0; c < columns; ++c) {
    table.columns.push_back(random_text(rng, 15));
    if (rng.below(4) > 0) table.right.push_back(rng.below(2) == 0);
  }
  for (std::uint64_t r = 0; r < rng.below(40); ++r) {
    table.rows.emplace_back();
    for (std::uint64_t c = 0; c < columns + rng.below(3); ++c) {
      table.rows.back().push_back(random_text(rng, 30));
    }
  }
  table.right.resize(std::min(table.right.size(), table.columns.size()));
  return table;
}

PhaseResult random_result(Rng& rng) {
  PhaseResult result =
      result_of(random_text(rng, 10), static_cast<Verdict>(rng.below(3)), random_text(rng, 100));
  for (int i = 0; i < 8; ++i) {
    auto made =
        placed(finding(random_text(rng, 30), static_cast<Severity>(rng.below(3)),
                       random_text(rng, 150), random_text(rng, 100)),
               random_text(rng, 60), static_cast<int>(rng.below(99)), 3, random_text(rng, 30));
    if (rng.below(4) == 0) made.waived = random_text(rng, 50);
    made.checked = rng.below(5) > 0;
    made.evidence = {{random_text(rng, 9), random_text(rng, 90)}};
    result.findings.push_back(made);
    result.metrics.push_back({random_text(rng, 20), rng.normal() * 1e5, rng.normal(), rng.normal(),
                              random_text(rng, 20), 12, random_text(rng, 40), true});
  }
  for (const char* kind :
       {"lines", "bars", "matrix", "scatter", "histogram", "embedding", "pictures", "other"}) {
    result.figures.push_back(random_figure(rng, kind));
    result.tables.push_back(random_table(rng));
  }
  result.artefacts = {{random_text(rng, 20), random_text(rng, 90), random_text(rng, 90)}};
  result.next = {random_text(rng, 40), random_text(rng, 100)};
  return result;
}

class AnyResult : public ::testing::TestWithParam<int> {};

TEST_P(AnyResult, FitsEveryWidth) {
  Rng rng(static_cast<std::uint64_t>(GetParam()), "terminal");
  const PhaseResult result = random_result(rng);
  TerminalOptions options;
  for (const int width : {20, 40, 61, 80, 160}) {
    options.width = width;
    for (const Detail detail : {Detail::kQuiet, Detail::kNormal, Detail::kVerbose}) {
      options.detail = detail;
      const std::string text = to_terminal(result, options);
      ASSERT_TRUE(is_utf8(text));
      ASSERT_EQ(text.back(), '\n');
      for (const std::string& line : split(text, '\n')) {
        ASSERT_LE(display_width(line), width) << line;
        ASSERT_EQ(line.find('\033'), std::string::npos) << line;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyResult, ::testing::Range(0, 50));

}  // namespace
}  // namespace dlwork::report
