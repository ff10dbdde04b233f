#pragma once

#include <string>

#include "phase/readiness/contest.h"

namespace dlwork::phase {

/// Phase 1's answer. Only kWorthTrying goes on; the others fail the gate.
enum class Need { kUndecided, kNotNeeded, kWorthTrying, kNotYetData };
/// "deep learning is not needed", "worth trying", "not yet: data", or "not decided".
std::string to_string(Need need);

/// Decides where the goal stands to the classical models, adding the findings that say why. Reads
/// the findings that are there: a target above what the labels allow is for the data to mend.
/// Fills `values.verdict` with the name and the figures behind it.
Need judge_need(Context& context, const Contest& contest, artefact::PhaseResult& result);

/// "best classical model: ..., of goal 0.9: worth trying", and what the newest audit says against
/// it.
std::string readiness_headline(Context& context, const Contest& contest, Need need);

/// Whether a finding that makes this verdict is accepted in the project file.
bool is_accepted(Need need, const artefact::PhaseResult& result);

/// What to do after this verdict, once it is known what of it is accepted.
artefact::NextStep after(Need need, const Context& context, const Contest& contest,
                         const artefact::PhaseResult& result);

/// "[0.81, 0.9]", or "-" where there is none.
std::string interval_text(const artefact::Metric& metric);

}  // namespace dlwork::phase
