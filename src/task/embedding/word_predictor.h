#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// For each line of a text file the word nearest to its words, by the cosine of their vectors.
std::unique_ptr<Predictor> make_word_predictor(const PredictorOptions& options, RunContext& run);

}  // namespace dlwork::task
