#include <gmock/gmock.h>

#include "planted.h"
#include "support/sanitized.h"

/// What the newest audit has to do with the readiness verdict.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::EndsWith;
using ::testing::HasSubstr;

/// What an audit says against training, as long as it is one of the data and settings there are.
TEST(ReadinessAudited, IsNotYetWhereTheAuditHasErrors) {
  PhaseOverFiles phase;
  phase.write("train.csv", file(600, 1, "", kNothing));
  phase.project.data.inputs = {"a"};  // half of what decides
  phase.project.data.validation.amount = spec::Amount{0.3, true};
  phase.project.goal.target = 0.999;
  phase.project.readiness.time.seconds = testing::kSanitized ? 60 : 4;
  auto audit = artefact::PhaseResult();
  audit.phase = "audit";
  audit.findings = {
      artefact::make_finding("leak-target-copy", Severity::kError, "b copies y"),
      artefact::make_finding("class-missing", Severity::kError, "none", {{"part", "train"}}),
      artefact::make_finding("class-missing", Severity::kError, "none", {{"part", "test"}}),
      artefact::make_finding("train-size-curve", Severity::kWarn, "never",
                             {{"samples_for_goal", {1e9, nullptr}}})};
  phase.keep_current(audit);
  const auto result = phase.run("readiness");
  const auto finding = the_finding(result, "data-not-ready");
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_EQ(finding.evidence["errors"], Json::array({"leak-target-copy", "class-missing"}));
  EXPECT_EQ(result.values["verdict"]["name"], "not yet: data");
  EXPECT_THAT(
      result.headline,
      HasSubstr("not yet: data; the audit has errors: leak-target-copy and class-missing; by "
                "the audit's learning curve a classical model needs more than 10 times"));
  EXPECT_EQ(result.next.command, "dlwork audit");
  phase.project.audit.rows += 1;  // the audit is one of other settings now
  const auto stale = phase.run("readiness");
  EXPECT_TRUE(findings_of(stale, "data-not-ready").empty());
  EXPECT_EQ(stale.values["verdict"]["name"], "worth trying");
  EXPECT_THAT(stale.headline, EndsWith("a network is worth trying"));
  // A curve alone is told; what a simple model needs does not decide on a network.
  audit.findings = {audit.findings.back()};
  phase.keep_current(audit);
  const auto far = phase.run("readiness");
  EXPECT_EQ(far.values["verdict"]["name"], "worth trying");
  EXPECT_THAT(far.headline, HasSubstr("worth trying; by the audit's learning curve"));
}

}  // namespace
}  // namespace dlwork::testing
