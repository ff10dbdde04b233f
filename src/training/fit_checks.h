#pragma once

#include <cstdint>
#include <vector>

#include "training/supervised_learner.h"

namespace dlwork::training {

/// Samples that the last batch must have: batch norm has no variance of one to divide by.
std::int64_t least_batch(const SupervisedLearner& learner, int processes);

/// Bounds of an epoch's batches. A last batch of fewer than `least` joins the one before it.
std::vector<std::int64_t> batch_bounds(std::int64_t samples, std::int64_t batch_size,
                                       std::int64_t least);

/// Throws Error for a training part, a batch or a network that cannot be trained by this many
/// processes together.
void check_batches(const SupervisedLearner& learner, const FitOptions& options, int processes);

/// Throws Error(kUsage) for a precision that LibTorch does not have on the device.
void check_precision(const spec::Training& training, const torch::Device& device);

}  // namespace dlwork::training
