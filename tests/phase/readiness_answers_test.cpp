// What readiness says where an answer or a figure is wanting.
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <sstream>

#include "phase/readiness/questions.h"
#include "phase_files.h"

namespace dlwork {
namespace {

using artefact::Severity;
using artefact::Verdict;
using ::testing::HasSubstr;
using testing::PhaseOverFiles;
using testing::the_finding;

TEST(Readiness, QuestionsWithoutAnAnswerAreNamed) {
  const auto& questions = phase::questions();
  ASSERT_GE(questions.size(), 3u);
  std::map<std::string, std::string> answers;
  for (const auto& question : questions) answers[question.id] = "known";
  EXPECT_TRUE(phase::check_answers(answers, "project.yaml").empty());
  answers[questions[1].id] = " ";
  answers.erase(questions[2].id);
  const auto findings = phase::check_answers(answers, "project.yaml");
  ASSERT_EQ(findings.size(), 2u);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const std::string key = "readiness.answers." + questions[i + 1].id;
    EXPECT_EQ(findings[i].id, "question-unanswered");
    EXPECT_EQ(findings[i].severity, Severity::kWarn);
    EXPECT_EQ(findings[i].message, questions[i + 1].text);
    EXPECT_EQ(findings[i].evidence["question"], questions[i + 1].id);
    EXPECT_EQ(findings[i].key, key);
    EXPECT_EQ(findings[i].at.file, "project.yaml");
    EXPECT_EQ(findings[i].advice, "Answer in the project file under " + key + ".");
  }
}

/// Squares of such numbers are beyond what boosted trees reckon with.
TEST(Readiness, AModelThatFailsIsNamedAndFailsTheGate) {
  PhaseOverFiles phase;
  std::ostringstream text;
  text << "a,b,y\n";
  for (int i = 0; i < 300; ++i) {
    const double a = std::sin(1.3 * i), b = std::cos(2.1 * i);
    text << a << "," << b << "," << 1e25 * (a + b) << "\n";
  }
  phase.write("train.csv", text.str());
  phase.project.task = "regression";
  phase.project.goal.metric = "rmse";
  phase.project.goal.target = 1e24;
  phase.project.readiness.time.seconds = 0.5;
  const auto result = phase.run("readiness");
  const auto failed = the_finding(result, "classical-model-failed");
  EXPECT_EQ(failed.severity, Severity::kError);
  EXPECT_FALSE(failed.checked);
  EXPECT_THAT(failed.message, HasSubstr("boosted trees: XGBoost: "));
  EXPECT_EQ(result.verdict, Verdict::kFail);
}

}  // namespace
}  // namespace dlwork
