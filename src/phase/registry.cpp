#include <string>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

#define PHASE(name, number, summary, question, gate, sections, needs) \
  artefact::PhaseResult run_##name(Context& context);
#include "dlwork/phase/phases.def"
#undef PHASE

RunPhase find_phase(std::string_view name) {
#define PHASE(phase, number, summary, question, gate, sections, needs) \
  if (name == #phase) return run_##phase;
#include "dlwork/phase/phases.def"
#undef PHASE
  throw Error(ExitStatus::kUsage, "unknown phase '" + std::string(name) + "'");
}

}  // namespace dlwork::phase
