#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "training/memory.h"

namespace dlwork::training {

/// Samples that the last batch must have: batch norm has no variance of one to divide by.
std::int64_t least_batch(const SupervisedLearner& learner, int processes);

/// Bounds of an epoch's batches. A last batch of fewer than `least` joins the one before it.
std::vector<std::int64_t> batch_bounds(std::int64_t samples, std::int64_t batch_size,
                                       std::int64_t least);

/// Throws Error(kUsage) where batch norm would see a single sample.
void check_batch_norm(const model::Network& network, std::int64_t batch_size, std::int64_t samples);

/// Throws Error for a training part, a batch or a network that cannot be trained by this many
/// processes together.
void check_batches(const SupervisedLearner& learner, const FitOptions& options, int processes);

/// Throws Error(kUsage) for a precision that LibTorch does not have on the device.
void check_precision(const spec::Training& training, const torch::Device& device);

/// What every training begins with, be it a fit or a test of learning rates: the options with a
/// batch size in place of 0. Throws Error for all that is known to fail before the first step.
FitOptions checked_options(const SupervisedLearner& learner, const FitOptions& asked,
                           RunContext& run);

/// Throws what is to be said of a training that ran out of memory.
[[noreturn]] void throw_out_of_memory(const MemoryNeed& need, const torch::Device& device,
                                      const FitOptions& options, RunContext& run);

/// Trains by `work`. What it throws for want of memory becomes a FitError with sizes and advice.
template <class Work>
auto telling_memory(const MemoryNeed& need, const torch::Device& device, const FitOptions& options,
                    RunContext& run, const Work& work) {
  try {
    return work();
  } catch (const std::exception& problem) {
    if (!is_out_of_memory(problem)) throw;
  }
  // Told after the handler, which still holds on to the exception and what it holds.
  throw_out_of_memory(need, device, options, run);
}

}  // namespace dlwork::training
