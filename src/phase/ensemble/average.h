#pragma once

#include <vector>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// Weighted mean of the members' outputs, row by row. Weights sum to 1.
training::Outputs average(const std::vector<training::Outputs>& members,
                          const std::vector<double>& weights);

/// Greedy selection with replacement (Caruana et al., Ensemble Selection from Libraries of Models,
/// ICML 2004): starts empty, adds the member that helps the goal's metric most, `rounds` times; a
/// member's weight is how often it was taken. Ties go to the member with the lower number.
std::vector<double> greedy_weights(const Context& context,
                                   const std::vector<training::Outputs>& members,
                                   const data::Target& target,
                                   const std::vector<std::int64_t>& rows, int rounds);

}  // namespace dlwork::phase
