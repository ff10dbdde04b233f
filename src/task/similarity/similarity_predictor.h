#pragma once

#include <memory>

#include "dlwork/task/task.h"

namespace dlwork::task {

/// Of each raw sample its vector, and the class whose centre is nearest with its distance.
std::unique_ptr<Predictor> make_similarity_predictor(const PredictorOptions& options,
                                                     RunContext& run);

/// Vectors laid end to end, each times the root of its weight: squared distances are the members'
/// own, weighed.
training::Outputs end_to_end(const std::vector<const training::Outputs*>& members,
                             const std::vector<double>& weights);

}  // namespace dlwork::task
