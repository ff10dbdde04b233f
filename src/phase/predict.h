#pragma once

#include <cstdint>

#include "dlwork/artefact/workspace.h"
#include "dlwork/base/run_context.h"
#include "dlwork/phase/engine.h"

namespace dlwork::phase {

/// Reads raw samples in chunks, predicts with the model or ensemble, writes one line a sample.
/// CSV: source, prediction and, for classes, p_<class> columns; JSON Lines: the same as objects.
/// Returns how many samples. Nothing appears under the output's name unless all went well.
std::int64_t predict_file(const artefact::Workspace& workspace, const PredictOptions& options,
                          RunContext& run);

}  // namespace dlwork::phase
