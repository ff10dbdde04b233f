#pragma once

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// Whether the goal's metric is a share of right answers or like one, 1 at best, so that its target
/// tells what the test part must show. The target of an error, as log-loss, does not.
bool goal_is_share(const Audit& audit);

}  // namespace dlwork::phase::audit
