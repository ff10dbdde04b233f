#pragma once

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// Hours and memory that the phases which train will take on this machine, from a few measured
/// steps of the project's network: a table, `values.estimate`, and a warning where tuning alone
/// takes longer than goal.budget.time or a batch does not fit the memory.
void estimate_training(Context& context, artefact::PhaseResult& result);

}  // namespace dlwork::phase
