#include "cli/interview.h"

#include <istream>

#include "cli/process.h"
#include "dlwork/base/document.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/questions.h"

namespace dlwork::cli {
namespace {

struct Open {
  std::string key;
  std::string question;
};

/// What the project file does not say yet.
std::vector<Open> open_questions(const spec::Project& project) {
  std::vector<Open> open;
  const spec::Goal& goal = project.goal;
  if (goal.metric.empty()) {
    open.push_back({"goal.metric", "By which metric is success measured? (accuracy, rmse, ...)"});
  }
  if (!goal.target) open.push_back({"goal.target", "Which value of it is success?"});
  if (goal.budget.time.seconds <= 0 && goal.budget.trials <= 0) {
    open.push_back({"goal.budget.time", "How long may tuning take? (90s, 30min, 2h)"});
  }
  const auto& answers = project.readiness.answers;
  for (const spec::Question& question : spec::questions()) {
    const auto answer = answers.find(question.id);
    if (answer != answers.end() && !trim(answer->second).empty()) continue;
    open.push_back({"readiness.answers." + question.id, question.text});
  }
  return open;
}

/// Writes an answer into the project file; what is wrong with it instead, or "".
std::string write_answer(const std::string& file, const Open& open, const std::string& answer) {
  std::string changed;
  try {
    changed = with_yaml_value(read_file(file), open.key, answer, file);
    spec::read_project(changed, file, {});
  } catch (const Error& error) {
    const Diagnostic& first = error.diagnostics().front();
    return first.hint.empty() ? first.message : first.message + " (" + first.hint + ")";
  }
  write_file(file, changed);
  return "";
}

}  // namespace

bool can_ask(Session& session) { return session.streams().in_is_terminal && !session.json(); }

std::string ask(Session& session, const std::string& question, const std::string& otherwise) {
  std::ostream& err = session.streams().err;
  err << question << (otherwise.empty() ? " " : " [" + otherwise + "] ") << std::flush;
  const int descriptor = session.streams().in_descriptor;
  if (descriptor >= 0) wait_for_input(descriptor, session.stop());
  if (session.stop().requested()) {
    err << '\n';
    throw Error(ExitStatus::kInterrupted, "stopped while asking; nothing more was written");
  }
  std::string answer;
  std::getline(session.streams().in, answer);
  answer = trim(answer);
  return answer.empty() ? otherwise : answer;
}

void interview(Session& session, const std::string& project_file) {
  if (!can_ask(session)) {
    throw Error(ExitStatus::kUsage, "--ask needs a terminal to ask at",
                "write the answers into the project file, under goal and readiness.answers");
  }
  const auto open = open_questions(spec::load_project(project_file, {}));
  std::ostream& err = session.streams().err;
  if (open.empty()) {
    err << "Every question has its answer in " << project_file << ".\n";
    return;
  }
  err << open.size() << (open.size() == 1 ? " question" : " questions")
      << "; an empty answer leaves one open.\n";
  std::size_t written = 0;
  for (const Open& question : open) {
    for (;;) {
      const std::string answer = ask(session, question.question, "");
      if (answer.empty()) break;
      const std::string fault = write_answer(project_file, question, answer);
      if (!fault.empty()) {
        err << question.key << " " << fault << "\n";
        continue;
      }
      ++written;
      break;
    }
    if (!session.streams().in.good()) break;  // the terminal was closed
  }
  err << written << " written to " << project_file << ".\n";
}

}  // namespace dlwork::cli
