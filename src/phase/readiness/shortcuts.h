#pragma once

#include "phase/readiness/contest.h"

namespace dlwork::phase {

/// Ways to a smaller problem, likeliest first: from the classical models' figures, the data's
/// sizes, and what the newest audit found. Without rows where there is none.
artefact::Table shortcut_table(Context& context, const Contest& contest);

}  // namespace dlwork::phase
