#include "phase/readiness/questions.h"

#include "dlwork/base/text.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Severity;

const std::vector<Question>& questions() {
  static const std::vector<Question> all{
      {"why_network", "Why should a network solve this, and not rules or a classical model?"},
      {"human_level", "How well does a person, or the program used today, do it? As the goal's number."},
      {"cost_of_errors", "What does each kind of error cost, and is one kind worse than another?"},
      {"deployment", "Where will the network run, on what input, how fast and how large may it be?"},
      {"data_source", "Where do the data come from, and may they be used for this?"},
      {"data_amount", "How many labelled samples are there, and how many more can be had at what cost?"},
      {"confidence", "Who set the labels, and how often would two people disagree?"},
      {"representative",
       "Do the data cover the whole space the network will meet: every site, season, device, group?"},
      {"class_balance", "How often does each class occur in the real world, against the data?"},
      {"easier_version", "What is an easier version of the problem that can be solved first?"},
      {"shortcut", "What shortcut is there: cleaner data, fewer data, weights of a like network?"},
      {"compute", "What machines, hours and people are there for training and upkeep?"},
  };
  return all;
}

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
  Finding finding = artefact::make_finding(
      "answer-unknown", Severity::kWarn,
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
