#pragma once

#include <functional>

#include "dlwork/training/learner.h"

namespace dlwork::training {

/// Squared Euclidean distances between the rows of `vectors`, worked out in float64, so that equal
/// rows are equally far from any other. Calls visit(row, its distance to every row) for each row,
/// several at once; what is not finite counts as infinitely far. Time goes by the rows' square.
void visit_distances(const Outputs& vectors,
                     const std::function<void(std::int64_t row, const float* squared)>& visit);

}  // namespace dlwork::training
