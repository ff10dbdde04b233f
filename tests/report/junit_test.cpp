#include <gtest/gtest.h>

#include "dlwork/report/render.h"
#include "report/builders.h"
#include "report/markup.h"

namespace dlwork::report {
namespace {

using artefact::Severity;
using artefact::Verdict;

TEST(Junit, HasACaseForTheGateAndForEachFinding) {
  EXPECT_EQ(to_junit({audited()}), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="dlwork" tests="6" failures="2" errors="1" skipped="1" time="12.5">
  <testsuite name="dlwork.audit" tests="6" failures="2" errors="1" skipped="1" time="12.5">
    <testcase classname="dlwork.audit" name="gate" time="12.5">
      <failure message="2 errors in 70,000 samples">2 errors in 70,000 samples</failure>
    </testcase>
    <testcase classname="dlwork.audit" name="counts" time="0">
      <system-out>60,000 training samples
</system-out>
    </testcase>
    <testcase classname="dlwork.audit" name="range" file="project.yaml" line="9" time="0">
      <system-out>warning: values from 0 to 255
at: project.yaml:9
do: Scale.
</system-out>
    </testcase>
    <testcase classname="dlwork.audit" name="overlap" file="project.yaml" line="22" time="0">
      <failure message="312 samples in both parts">312 samples in both parts
at: project.yaml:22:5
key: data.split
do: Split by hash.
</failure>
    </testcase>
    <testcase classname="dlwork.audit" name="balance" time="0">
      <skipped message="waived: as in the field"></skipped>
      <system-out>one class has 6 %
do: Weight it.
</system-out>
    </testcase>
    <testcase classname="dlwork.audit" name="pca" time="0">
      <error message="could not be checked: out of memory">could not be checked: out of memory
do: Take fewer rows.
</error>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(Junit, SaysWhatWasSkippedAndWhy) {
  auto tested = result_of("test", Verdict::kPass, "all pass");
  tested.findings = {finding("net-devices", Severity::kInfo, "skipped: no CUDA device")};
  tested.findings[0].skipped = "no CUDA device";
  const std::string xml = to_junit({tested});
  EXPECT_NE(xml.find("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\""), std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<skipped message=\"no CUDA device\"></skipped>"), std::string::npos) << xml;
}

TEST(Junit, SumsOverResultsAndNumbersRepeatedFindings) {
  auto tuned = result_of("tune", Verdict::kPass, "goal met");
  tuned.findings = {finding("trial", Severity::kInfo, "one"),
                    finding("trial", Severity::kInfo, "two")};
  tuned.metrics = {{"accuracy", 0.925, {}, {}, "validation", 10, "network", true}};
  const std::string xml = to_junit({audited(), tuned});
  EXPECT_NE(xml.find("<testsuites name=\"dlwork\" tests=\"9\" failures=\"2\" errors=\"1\""),
            std::string::npos);
  EXPECT_NE(xml.find("name=\"trial (2)\""), std::string::npos);
  EXPECT_NE(xml.find("<property name=\"accuracy.validation.network\" value=\"0.925\"/>"),
            std::string::npos);
  EXPECT_EQ(markup_problem(xml), "");
}

TEST(Junit, StaysWellFormedWhateverTheTextHolds) {
  auto result = result_of("a\"b<c>&", Verdict::kFail, std::string("]]>\0\x1B\xFF\xEF\xBF\xBF", 9));
  result.findings = {finding("</testcase>", Severity::kError, "<![CDATA[ \x01", "'\"&amp;")};
  const std::string xml = to_junit({result});
  EXPECT_EQ(markup_problem(xml), "");
  EXPECT_NE(xml.find("classname=\"dlwork.a&quot;b&lt;c&gt;&amp;\""), std::string::npos);
}

TEST(Junit, OfNothingIsAnEmptyDocument) { EXPECT_EQ(markup_problem(to_junit({})), ""); }

}  // namespace
}  // namespace dlwork::report
