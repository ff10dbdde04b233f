#pragma once

#include <map>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"

namespace dlwork::phase {

/// One question of the method's first phase, answered under readiness.answers.<id>.
struct Question {
  std::string id;
  std::string text;
};
const std::vector<Question>& questions();

/// A finding for each question without an answer and for each answer to no question.
std::vector<artefact::Finding> check_answers(const std::map<std::string, std::string>& answers,
                                             const std::string& project_file);

}  // namespace dlwork::phase
