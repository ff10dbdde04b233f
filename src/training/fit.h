#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "training/averaging.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// Everything that training needs to go on from between two batches, beside the learner's tensors
/// and the optimizer.
struct FitState {
  FitReport report;
  std::vector<torch::Tensor> best;  ///< parameters and buffers of the best epoch; empty before one
  std::int64_t epochs_since_best = 0;

  /// The running epoch: batches done, and what they gave.
  std::int64_t batch = 0;
  double loss_sum = 0;
  Outputs seen;
  std::vector<std::uint64_t> augment;  ///< the random stream of its augmentation
};

/// One file, replaced as a whole. Order and dropout are drawn anew from epoch and step, so that a
/// resumed run ends with the same bits.
void save_checkpoint(const FitOptions& options, const SupervisedLearner& learner,
                     Optimizer& optimizer, WeightAverage& average, const FitState& state);
/// nullopt where there is none. Throws Error(kInput) for a file of another network or fit.
std::optional<FitState> load_checkpoint(const FitOptions& options, const SupervisedLearner& learner,
                                        Optimizer& optimizer, WeightAverage& average);

}  // namespace dlwork::training
