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

/// Samples that a forward pass takes at once when nothing is learned: 512, or the largest power of
/// two, at least 1, whose values fit into a quarter of the machine's memory and into 1 GiB. Of
/// nothing that changes from run to run, so that a resumed one gives the same bits.
std::int64_t evaluation_batch(const MemoryNeed& need, std::uint64_t machine_bytes);
std::int64_t evaluation_batch(const SupervisedLearner& learner);

/// The same where only the training itself shows how many samples an epoch has: `usual`, or less
/// where memory is short.
BatchSize usual_batch_size(const MemoryNeed& need, std::int64_t usual, std::uint64_t available);

/// The options with `chosen` in place of a `training.batch_size` of 0, and says which it took.
FitOptions with_batch_size(const FitOptions& options, const BatchSize& chosen, RunContext& run);
/// The same by `choose_batch_size`.
FitOptions with_batch_size(const SupervisedLearner& learner, const FitOptions& options,
                           RunContext& run);

}  // namespace dlwork::training
