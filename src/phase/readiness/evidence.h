#pragma once

#include "phase/readiness/ceiling.h"
#include "phase/readiness/contest.h"

namespace dlwork::phase {

/// A table of the method's questions: the person's answer, and beside it what the program found
/// itself, from the data, the contest, the label ceilings, `result` as far as it is filled, and the
/// newest audit; `values.questions` has the same by id.
void show_answers(Context& context, const Contest& contest, const Ceilings& ceilings,
                  artefact::PhaseResult& result);

}  // namespace dlwork::phase
