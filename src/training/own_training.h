#pragma once

#include <functional>
#include <string>

#include "dlwork/training/learner.h"
#include "training/fit_checks.h"
#include "training/own_model.h"

namespace dlwork::training {

/// The running epoch, as the learner is given it.
struct OwnEpoch {
  const FitOptions& options;
  FitTimes& times;
  EpochRecord record;
  std::string kept;  ///< place of the checkpoint on disk; "" before there is one
};
/// How much of it is done: "batch", 3 of 7.
struct EpochPart {
  const char* unit;
  std::int64_t done, of;
};

/// What a learner that is no supervised network brings to `run_epochs`, which gives it the rest of
/// a fit: best epoch, early stopping, checkpoints, stops, events, progress.
class OwnTraining {
 public:
  virtual ~OwnTraining() = default;
  /// What is learned: kept of the best epoch. The tensors themselves, not copies.
  virtual NamedTensors model() const = 0;
  /// What else a fit needs to go on from between two steps: numbers, and then tensors (optimizer,
  /// memory, ...), which are filled in place once `restore` had the numbers.
  virtual Json numbers() const = 0;
  virtual void restore(const Json& numbers) = 0;
  virtual NamedTensors state() const = 0;
  /// Whether training.loss names one of several that the task has.
  virtual bool has_losses() const { return false; }
  /// Whether training.augment changes its samples.
  virtual bool augments() const { return false; }
  /// What a checkpoint must agree on beside the fit's options.
  virtual std::string identity() const = 0;
  /// Makes ready for the steps of an epoch: all of them, or what `restore` left of them. Whatever
  /// is drawn goes by seed, epoch and what is restored, so that a resume gives the same bits.
  virtual void begin(OwnEpoch& epoch) = 0;
  /// None is done after `finish`.
  virtual EpochPart part() const = 0;
  /// The next step; none is left where the whole part is done. Throws FitError, by `check_finite`,
  /// when it diverges.
  virtual void advance(OwnEpoch& epoch) = 0;
  /// How the steps go, for people: "loss 0.31"; "" before that can be said.
  virtual std::string detail() const = 0;
  /// After the last step: fills the record's steps, loss and training metric.
  virtual void finish(OwnEpoch& epoch) = 0;
  /// Fills what the record says of the validation rows; not called where there are none. Throws as
  /// `advance` does.
  virtual void validate(OwnEpoch& epoch) = 0;
  /// "layer 2 conv2d": the first part of `model` with a weight that is not finite; "" where there
  /// is none.
  virtual std::string broken() const = 0;
};

/// Trains to the end and leaves the best epoch's model. A checkpoint is written after each epoch,
/// between two steps every training.checkpoint_every, and where a stop is asked for. Throws
/// Error(kUsage) for settings of training that have no effect here, and as Learner::fit does.
FitReport run_epochs(OwnTraining& training, const FitOptions& options, RunContext& run,
                     const std::string& task);

/// What training a learner of its own takes, and how many samples an epoch has: 0 where only the
/// training itself shows that.
struct OwnNeed {
  MemoryNeed memory;
  torch::Device device;
  std::int64_t samples = 0;
};
/// What a learner of its own goes by: a batch size in place of 0, as in supervised training. Throws
/// FitError for a batch that memory cannot hold.
FitOptions own_options(const FitOptions& asked, const OwnNeed& need, RunContext& run);

/// For `advance` and `validate`: throws FitError for a loss that is not finite, with its epoch, its
/// batch from 1 on (0: all of them), and from where on: "from layer 2 conv2d on". `which`: "loss"
/// or "validation loss".
void check_finite(double loss, const OwnEpoch& epoch, std::int64_t batch,
                  const std::function<std::string()>& origin, const std::string& which = "loss");

}  // namespace dlwork::training
