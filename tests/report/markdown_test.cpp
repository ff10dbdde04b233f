#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dlwork/report/render.h"
#include "report/builders.h"
#include "report/summary.h"

namespace dlwork::report {
namespace {

using artefact::Severity;
using artefact::Verdict;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Markdown, ListsPhasesThenDetails) {
  auto first = result_of("readiness", Verdict::kPass, "goal 0.925");
  first.metrics = {{"accuracy", 0.87, 0.86, 0.88, "validation", 12000, "trees", true}};
  EXPECT_EQ(to_markdown({first, audited()}, "shoes"), R"(# shoes: FAIL

| phase | verdict | result |
| --- | --- | --- |
| readiness | PASS | goal 0.925 |
| audit | FAIL | 2 errors in 70,000 samples |

**Next:** `dlwork audit` - mend the split first

## readiness: PASS

goal 0.925

| metric | of | part | value | 95 % interval | samples |
| --- | --- | --- | ---: | ---: | ---: |
| accuracy | trees | validation | 0.8700 | 0.8600 to 0.8800 | 12,000 |

## audit: FAIL

2 errors in 70,000 samples

Findings: 2 errors, 1 warning, 1 waived, 1 note

- **error** `overlap`: 312 samples in both parts (`project.yaml:22:5`)<br>Do: Split by hash.
- **error** `pca`: could not be checked: out of memory<br>Do: Take fewer rows.
- **warn** `range`: values from 0 to 255 (`project.yaml:9`)<br>Do: Scale.
- **waived** `balance`: one class has 6 %<br>Waived: as in the field

<details><summary>1 note</summary>

- **info** `counts`: 60,000 training samples

</details>
)");
}

TEST(AdviceOf, InformationIsWhatItsCheckSetAndWhatADiagnosisSays) {
  auto finding = artefact::make_finding("net-overfit-batch", Severity::kInfo, "learned");
  ASSERT_NE(finding.advice, "");
  EXPECT_EQ(advice_of(finding), "") << "it says what to do where the check fails";
  finding.severity = Severity::kWarn;
  EXPECT_EQ(advice_of(finding), finding.advice);
  finding.severity = Severity::kInfo;
  finding.advice = "Take more samples.";
  EXPECT_EQ(advice_of(finding), "Take more samples.");
  const auto threshold = artefact::make_finding("diagnosis-threshold", Severity::kInfo, "at 0.3");
  ASSERT_NE(threshold.advice, "");
  EXPECT_EQ(advice_of(threshold), threshold.advice);

  auto result = result_of("test", Verdict::kPass, "");
  result.findings = {artefact::make_finding("net-overfit-batch", Severity::kInfo, "learned"),
                     finding};
  const std::string page = to_markdown({result}, "shoes"), shown = to_terminal(result, {});
  EXPECT_THAT(page, HasSubstr("learned<br>Do: Take more samples."));
  EXPECT_EQ(page.find("Do:"), page.rfind("Do:")) << "the other has none";
  EXPECT_THAT(shown, HasSubstr("do: Take more samples."));
  EXPECT_EQ(shown.find("do:"), shown.rfind("do:"));
}

TEST(Markdown, ShowsMarkupOfTheDataAsText) {
  auto result = result_of("audit", Verdict::kPass, "class a|b and <script>alert(1)</script>");
  const std::string text = to_markdown({result}, "x");
  EXPECT_THAT(text, HasSubstr("| class a\\|b and &lt;script&gt;alert(1)&lt;/script&gt; |"));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
}

TEST(Markdown, StaysBelowOneMebibyteAndSaysSo) {
  auto result = result_of("audit", Verdict::kFail, "much");
  for (int i = 0; i < 3000; ++i) {
    result.findings.push_back(finding("id", Severity::kError, std::string(900, '|'), "do"));
  }
  const std::string text = to_markdown({result}, "x");
  EXPECT_LT(text.size(), 1024u * 1024);
  EXPECT_GT(text.size(), 900u * 1024);
  EXPECT_THAT(text, EndsWith("\n**Cut here:** the rest does not fit into 1 MiB; `dlwork report` "
                             "shows it all.\n"));
}

TEST(Annotations, PlaceFindingsWithTheGravestFirst) {
  auto result = audited();
  result.findings[4] = placed(result.findings[4], "a,b:c.csv", 3, 0);
  result.findings[0] = placed(result.findings[0], "project.yaml", 0, 0);
  EXPECT_EQ(to_annotations({result}),
            "::error file=project.yaml,line=22,col=5,title=overlap::312 samples in both parts%0A"
            "Split by hash.\n"
            "::error file=a%2Cb%3Ac.csv,line=3,title=pca::could not be checked: out of memory%0A"
            "Take fewer rows.\n"
            "::warning file=project.yaml,line=9,title=range::values from 0 to 255%0AScale.\n"
            "::notice file=project.yaml,title=counts::60,000 training samples\n");
}

TEST(Annotations, CannotBeForgedByText) {
  auto result = result_of("audit", Verdict::kFail, "");
  result.findings = {
      placed(finding("x", Severity::kError, "100 %\n::error::forged"), "a\n::b", 1, 1)};
  EXPECT_EQ(to_annotations({result}),
            "::error file=a%0A%3A%3Ab,line=1,col=1,title=x::100 %25%0A::error::forged\n");
}

}  // namespace
}  // namespace dlwork::report
