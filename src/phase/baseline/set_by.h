#pragma once

#include <string>

#include "dlwork/spec/project.h"

namespace dlwork::phase {

/// Whose word a setting is. The analogy's is a guess from another problem, the project's a
/// decision.
enum class SetBy { kNobody, kAnalogy, kProject };

SetBy set_by(const spec::Project& project, const std::string& key);

}  // namespace dlwork::phase
