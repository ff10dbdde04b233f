#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// Vectors that nothing was learned for.

/// Drawn at random, so that all others come in a random order.
Rival random_vectors(std::uint64_t seed, const std::vector<std::int64_t>& fit_rows,
                     const std::vector<std::int64_t>& rows);
/// The standardised inputs, and their first principal components, both fitted on `fit_rows`.
std::vector<Rival> input_vectors(const spec::Project& project, const data::Samples& samples,
                                 const std::vector<std::int64_t>& fit_rows,
                                 const std::vector<std::int64_t>& rows);

}  // namespace dlwork::task
