#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// What a policy without a network reaches: of linear policies drawn at random (the action whose
/// weighted sum of the state is greatest), the one that earns most from some of the fitted rows.
/// Mania, Guy and Recht, Simple Random Search Provides a Competitive Approach to Reinforcement
/// Learning (2018, arXiv 1803.07055), is the reason to ask.
Rival search_linear_policy(const std::string& world, const data::Samples& samples,
                           const std::vector<std::int64_t>& fit_rows,
                           const std::vector<std::int64_t>& rows, std::uint64_t seed,
                           RunContext& run);

}  // namespace dlwork::task
