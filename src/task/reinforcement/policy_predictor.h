#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// For each state of a table the action that is worth most, and what each is worth.
std::unique_ptr<Predictor> make_policy_predictor(const PredictorOptions& options, RunContext& run);

}  // namespace dlwork::task
