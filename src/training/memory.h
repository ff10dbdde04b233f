#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "dlwork/training/fit_error.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// Bytes that training a network takes, worked out from its layers' shapes.
struct MemoryNeed {
  std::uint64_t fixed = 0;       ///< weights, their gradients and moments, the best weights
  std::uint64_t per_sample = 0;  ///< inputs and outputs of layers, kept for the backward pass
  std::string largest_name;      ///< the layer whose output is the largest
  model::Shape largest_shape;    ///< of one sample

  std::uint64_t of(std::int64_t batch) const {
    return fixed + static_cast<std::uint64_t>(batch) * per_sample;
  }
};
/// `fixed` of so many weights.
std::uint64_t weight_bytes(std::int64_t parameters);
MemoryNeed memory_need(const std::vector<model::PlannedLayer>& layers,
                       const data::FeatureShape& features);
MemoryNeed memory_need(const SupervisedLearner& learner);

/// Bytes that training on a device may use: of the CPU the machine's, shared by the processes that
/// `set_up_memory` told of; of CUDA those that were free when it was first asked, for what this
/// process has taken since goes back to its own cache.
std::uint64_t available_memory_bytes(const torch::Device& device);

/// The same, or `training.memory` where that is less.
std::uint64_t memory_for(const spec::Training& training, const torch::Device& device);

/// The largest power of two that should fit beside the data and the system, 0 where none does.
std::int64_t batch_that_fits(const MemoryNeed& need, std::uint64_t available);

/// Throws FitError when what is kept alone is more than is available. The kernel hands
/// out memory that it does not have and kills who uses it, so this is looked at before.
void check_memory(const MemoryNeed& need, std::int64_t batch_size, std::uint64_t available);

/// Whether an exception of LibTorch or the system says that memory ran out.
bool is_out_of_memory(const std::exception& problem);
/// The error for it: sizes of the tensors, and the batch size that would fit.
FitError out_of_memory(const std::string& what, const MemoryNeed& need, std::int64_t batch_size,
                       std::uint64_t available);

}  // namespace dlwork::training
