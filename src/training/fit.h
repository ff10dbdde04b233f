#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "dlwork/base/files.h"
#include "training/averaging.h"
#include "training/loss_scale.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// Everything that training needs to go on from between two batches, beside the learner's tensors
/// and the optimizer.
struct FitState {
  FitReport report;
  std::vector<torch::Tensor> best;  ///< parameters and buffers of the best epoch; empty before one
  std::int64_t epochs_since_best = 0;
  LossScale::State scale;

  /// The running epoch: batches done, and what they gave.
  std::int64_t batch = 0;
  double loss_sum = 0;
  Outputs seen;
  std::vector<std::uint64_t> augment;  ///< the random stream of its augmentation
};

/// The checkpoint of one fit, replaced as a whole. Order and dropout are drawn anew from epoch and
/// step, so that a resumed run ends with the same bits. What shall outlive this process alone is
/// written beside what was flushed to the disk: after a power cut the first is not to be trusted,
/// and the second still there.
class CheckpointFile {
 public:
  /// `processes` that train together: their number belongs to what a checkpoint is of.
  CheckpointFile(const FitOptions& options, const SupervisedLearner& learner, int processes);
  /// What a checkpoint must agree on with the fit that goes on from it.
  const std::string& identity() const { return identity_; }
  /// Drops what an earlier fit left in this folder.
  void start_anew() const;
  void save(Optimizer& optimizer, WeightAverage& average, const FitState& state, Durable durable);
  /// Bytes of the newest; "" where there is none.
  std::string newest() const;
  /// Throws Error(kInput) for bytes of another network or fit.
  FitState load(const std::string& bytes, Optimizer& optimizer, WeightAverage& average) const;

 private:
  const FitOptions& options_;
  const SupervisedLearner& learner_;
  std::string identity_;
  std::string boot_;  ///< of the running kernel; "" where it cannot be told
};

}  // namespace dlwork::training
