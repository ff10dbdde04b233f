#include "phase/readiness/questions.h"

#include "dlwork/base/text.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Severity;

namespace {

Finding unanswered(const Question& question) {
  Finding finding = artefact::make_finding("question-unanswered", Severity::kWarn, question.text,
                                           {{"question", question.id}});
  finding.key = "readiness.answers." + question.id;
  finding.advice = "Answer in the project file under " + finding.key + ".";
  return finding;
}

Finding unknown(const std::string& id, const std::vector<std::string>& known) {
  const std::string near = nearest(id, known);
  Finding finding =
      artefact::make_finding("answer-unknown", Severity::kWarn,
                             "readiness.answers." + id + " answers no question" +
                                 (near.empty() ? "" : " (did you mean " + near + "?)"),
                             {{"answer", id}, {"known", known}});
  finding.key = "readiness.answers." + id;
  return finding;
}

}  // namespace

std::vector<Finding> check_answers(const std::map<std::string, std::string>& answers,
                                   const std::string& project_file) {
  std::vector<Finding> findings;
  std::vector<std::string> known;
  for (const Question& question : questions()) {
    known.push_back(question.id);
    const auto answer = answers.find(question.id);
    if (answer == answers.end() || trim(answer->second).empty()) {
      findings.push_back(unanswered(question));
    }
  }
  for (const auto& [id, text] : answers) {
    bool is_known = false;
    for (const std::string& name : known) is_known = is_known || name == id;
    if (!is_known) findings.push_back(unknown(id, known));
  }
  for (Finding& finding : findings) finding.at.file = project_file;
  return findings;
}

}  // namespace dlwork::phase
