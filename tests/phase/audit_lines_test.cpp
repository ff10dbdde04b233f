#include "limits.h"

namespace dlwork::testing {
namespace {

using artefact::Severity;

class AuditLines : public ::testing::Test {
 protected:
  AuditLines() {
    phase_.project.data.train.paths = {"text.txt"};
    phase_.project.data.target = "";
    phase_.project.task = "embedding";
    phase_.project.goal.metric = "neighbour-preference";
  }
  artefact::PhaseResult audit(const std::string& text) {
    phase_.write("text.txt", text);
    return phase_.run("audit");
  }
  PhaseOverFiles phase_;
};

/// Lines of three words of twenty; none is twice there.
std::string plain(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    for (int k = 0; k < 3; ++k)
      text += "w" + std::to_string((i / (k == 0 ? 1 : k == 1 ? 20 : 7)) % 20) + " ";
    text += "n" + std::to_string(i % 50) + "\n";
  }
  return text;
}

TEST_F(AuditLines, CountsTheVocabularyAndFindsNothingWrongWithSoundText) {
  const auto result = audit(plain(300));
  for (const auto& finding : result.findings) {
    EXPECT_TRUE(finding.checked) << finding.message;
    EXPECT_NE(finding.severity, Severity::kError) << finding.message;
  }
  const auto vocabulary = the_finding(result, "text-vocabulary");
  EXPECT_EQ(vocabulary.evidence["words"], 4 * phase_.train_rows.size());
  EXPECT_EQ(vocabulary.evidence["different"], 70);
  EXPECT_TRUE(findings_of(result, "text-empty-lines").empty());
  EXPECT_TRUE(findings_of(result, "text-rare-words").empty());
  EXPECT_TRUE(findings_of(result, "text-new-words").empty());
}

TEST_F(AuditLines, EmptyLinesAreCountedAndNamed) {
  const auto few = audit("... \n" + plain(300));
  EXPECT_EQ(the_finding(few, "text-empty-lines").severity, Severity::kInfo);
  EXPECT_EQ(the_finding(few, "text-empty-lines").evidence["rows"][0], "text.txt:1");
  std::string many;
  for (int i = 0; i < 30; ++i) many += " \n";
  const auto result = audit(plain(300) + many);
  EXPECT_EQ(the_finding(result, "text-empty-lines").severity, Severity::kWarn);
  run_rounds(phase_, result, {{1, "empty_lines", 0.5, "text-empty-lines", "", Becomes::kInfo}});
}

TEST_F(AuditLines, RareWordsThatMakeMuchOfTheTextAreAWarning) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "often word" + std::to_string(i) + "\n";
  const auto result = audit(text);
  const auto rare = the_finding(result, "text-rare-words");
  EXPECT_EQ(rare.severity, Severity::kWarn);
  EXPECT_NEAR(rare.evidence["share"].get<double>(), 0.5, 1e-9);
  run_rounds(phase_, result, {{1, "rare_words", 0.6, "text-rare-words", "", Becomes::kGone}});
}

TEST_F(AuditLines, WordsThatTrainingNeverSawAreAWarning) {
  phase_.write("text.txt", plain(300));
  phase_.write("check.txt", "w1 unheard w2 unheard\n");
  phase_.project.data.validation.paths = {"check.txt"};
  const auto result = phase_.run("audit");
  const auto finding = the_finding(result, "text-new-words");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.evidence["part"], "validation");
  EXPECT_EQ(finding.evidence["share"], 0.5);
  EXPECT_EQ(finding.evidence["most"], "unheard");
  run_rounds(phase_, result, {{1, "new_words", 0.6, "text-new-words", "", Becomes::kGone}});
}

TEST_F(AuditLines, TheSameLineInTwoPartsIsStillFound) {
  phase_.write("text.txt", plain(300));
  phase_.write("check.txt", plain(30));
  phase_.project.data.test.paths = {"check.txt"};
  EXPECT_EQ(the_finding(phase_.run("audit"), "split-overlap-exact").evidence["samples"], 30);
}

}  // namespace
}  // namespace dlwork::testing
