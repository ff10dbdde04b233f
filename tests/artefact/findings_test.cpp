#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dlwork/artefact/result.h"
#include "dlwork/phase/phase_info.h"

namespace dlwork::artefact {
namespace {

TEST(Findings, AreDeclaredOnceWithMeaningAndAdvice) {
  std::set<std::string> phases;
  for (const phase::PhaseInfo& info : phase::phases()) phases.emplace(info.name);
  std::set<std::string> ids;
  for (const FindingInfo& info : finding_infos()) {
    EXPECT_TRUE(ids.insert(info.id).second) << info.id << " is declared twice";
    EXPECT_THAT(info.id, ::testing::MatchesRegex("[a-z0-9]+(-[a-z0-9]+)*"));
    EXPECT_TRUE(phases.contains(info.phase)) << info.id << " names phase " << info.phase;
    EXPECT_FALSE(info.meaning.empty()) << info.id;
    EXPECT_FALSE(info.advice.empty()) << info.id;
    EXPECT_EQ(find_finding(info.id), &info);
  }
  EXPECT_FALSE(ids.empty());
  EXPECT_EQ(find_finding("no-such-finding"), nullptr);
}

TEST(Findings, TakeTheirAdviceFromTheDeclaration) {
  const Finding finding =
      make_finding("goal-missing", Severity::kError, "no goal.target", {{"key", "goal.target"}});
  EXPECT_EQ(finding.advice, find_finding("goal-missing")->advice);
  EXPECT_EQ(finding.message, "no goal.target");
  EXPECT_EQ(finding.evidence.at("key"), "goal.target");
  EXPECT_TRUE(finding.checked);
}

TEST(FindingsDeathTest, AnUndeclaredIdIsAProgrammersError) {
  EXPECT_DEATH(make_finding("no-such-finding", Severity::kInfo, ""), "no-such-finding");
}

Finding with(Severity severity) {
  Finding finding;
  finding.severity = severity;
  return finding;
}

TEST(VerdictOf, FollowsTheWorstFinding) {
  EXPECT_EQ(verdict_of({}), Verdict::kPass);
  EXPECT_EQ(verdict_of({with(Severity::kInfo)}), Verdict::kPass);
  EXPECT_EQ(verdict_of({with(Severity::kWarn), with(Severity::kInfo)}), Verdict::kWarn);
  EXPECT_EQ(verdict_of({with(Severity::kWarn), with(Severity::kError)}), Verdict::kFail);
}

TEST(VerdictOf, ACheckThatCouldNotRunFails) {
  Finding finding = with(Severity::kInfo);
  finding.checked = false;
  EXPECT_EQ(verdict_of({finding}), Verdict::kFail);
}

TEST(VerdictOf, AWaivedFindingDoesNotCount) {
  Finding finding = with(Severity::kError);
  finding.waived = "known; fixed upstream in May";
  EXPECT_EQ(verdict_of({finding}), Verdict::kPass);
  EXPECT_EQ(verdict_of({finding, with(Severity::kWarn)}), Verdict::kWarn);
}

}  // namespace
}  // namespace dlwork::artefact
