#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "training/supervised_learner.h"

namespace dlwork::training {

/// Everything that training needs to go on from the end of an epoch.
struct FitState {
  FitReport report;
  std::vector<torch::Tensor> best;  ///< parameters and buffers of the best epoch
  std::int64_t epochs_since_best = 0;
};

/// One file, written at the end of every epoch; random streams are derived anew for each epoch, so
/// that a resumed run ends with the same bits.
void save_checkpoint(const std::filesystem::path& folder, const FitOptions& options,
                     const SupervisedLearner& learner, Optimizer& optimizer,
                     const FitState& state);
/// nullopt where there is none. Throws Error(kInput) for a file of another network or fit.
std::optional<FitState> load_checkpoint(const std::filesystem::path& folder,
                                        const FitOptions& options, const SupervisedLearner& learner,
                                        Optimizer& optimizer);

}  // namespace dlwork::training
