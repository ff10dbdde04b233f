#pragma once

#include <memory>

#include "training/loss.h"
#include "training/optimizer.h"
#include "training/schedule.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// One step of training on tensors at hand: the gradients of a batch's mean loss, then the
/// optimizer's move. Takes the weights of the learner's network into one buffer; the learner
/// outlives it.
class TrainStep {
 public:
  TrainStep(const SupervisedLearner& learner, const spec::Training& training,
            LossSettings settings);
  virtual ~TrainStep() = default;

  struct Result {
    double loss = 0;
    torch::Tensor outputs;  ///< [n, outputs], of before the step, without a graph
  };
  /// Leaves the gradients of the batch's mean loss in `flat().gradients` (none of a loss that is
  /// not finite). The network is in training mode.
  virtual Result gradients(const model::Inputs& inputs, const torch::Tensor& targets);
  /// Limits the gradients where training.gradient_clip says so, and moves the weights.
  virtual void update(const Rates& rates, double weight_decay);

  FlatParameters& flat() { return flat_; }
  Optimizer& optimizer() { return *optimizer_; }
  const LossSettings& loss_settings() const { return settings_; }

 protected:
  const SupervisedLearner& learner_;
  LossSettings settings_;
  double gradient_clip_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace dlwork::training
