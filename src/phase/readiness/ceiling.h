#pragma once

#include <vector>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// The best figure that the labels allow, where the goal is a share of right answers: what equal
/// inputs with different labels leave reachable, and how often the people named in
/// audit.annotators agree with the label. A finding where goal.target lies above one of them.
std::vector<artefact::Finding> check_ceiling(Context& context);

}  // namespace dlwork::phase
