#pragma once

#include <vector>

#include "dlwork/artefact/result.h"

namespace dlwork::phase::diagnose {

/// Puts causes before what follows from them: data that cannot be learned from, failing
/// optimisation, data of another kind, then bias, variance and the rest; information last.
void put_in_order(std::vector<artefact::Finding>& findings);

/// What to do about the first finding.
artefact::NextStep next_step(const std::vector<artefact::Finding>& findings);

}  // namespace dlwork::phase::diagnose
