#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// For each series or recording of a raw input its text, and how sure the network is of it.
std::unique_ptr<Predictor> make_text_predictor(const PredictorOptions& options, RunContext& run);

}  // namespace dlwork::task
