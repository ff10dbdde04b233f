#pragma once

#include "phase/measuring.h"

namespace dlwork::phase {

/// The worst mistakes as a gallery of pictures (written to the run folder) or a table of rows.
void show_mistakes(Context& context, const training::Outputs& outputs,
                   const std::vector<std::int64_t>& rows, artefact::PhaseResult& result);

}  // namespace dlwork::phase
