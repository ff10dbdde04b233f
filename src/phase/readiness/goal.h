#pragma once

#include <vector>

#include "phase/measuring.h"

namespace dlwork::phase {

/// Is the goal one number that can be reached and seen to be reached? Missing keys, a target the
/// metric cannot take or that is no better than what is reached today, a test part too small.
std::vector<artefact::Finding> check_goal(Context& context);

}  // namespace dlwork::phase
