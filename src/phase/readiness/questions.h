#pragma once

#include <map>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/spec/questions.h"

namespace dlwork::phase {

using spec::Question;
using spec::questions;

/// A finding for each question without an answer and for each answer to no question.
std::vector<artefact::Finding> check_answers(const std::map<std::string, std::string>& answers,
                                             const std::string& project_file);

}  // namespace dlwork::phase
