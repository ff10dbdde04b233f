#pragma once

#include <string>

#include "training/memory.h"

namespace dlwork::training {

/// What an automatic batch size came to, and what decided it.
struct BatchSize {
  std::int64_t size = 0;
  std::string why;
};

/// The largest power of two up to 512 that leaves an epoch 50 steps, but at least 16: larger
/// batches use a machine better (Smith 2018, arXiv 1803.09820, section 4.2), yet few samples must
/// give enough steps. Less where memory is short.
BatchSize choose_batch_size(const MemoryNeed& need, std::int64_t samples, std::uint64_t available);

/// The options with `training.batch_size` in place of 0, and says which it took.
FitOptions with_batch_size(const SupervisedLearner& learner, const FitOptions& options,
                           RunContext& run);

}  // namespace dlwork::training
