#pragma once

#include <functional>
#include <string>

#include "dlwork/training/learner.h"
#include "training/fit_checks.h"
#include "training/own_model.h"

namespace dlwork::training {

/// What a learner that is no supervised network brings to `run_epochs`, which gives it the rest of
/// a fit: best epoch, early stopping, checkpoints, events, progress.
class OwnTraining {
 public:
  virtual ~OwnTraining() = default;
  /// What is learned: kept of the best epoch. The tensors themselves, not copies.
  virtual NamedTensors model() const = 0;
  /// What else a fit needs to go on between two epochs (optimizer, memory, ...), filled in place
  /// when it is resumed; and numbers that are no tensors.
  virtual NamedTensors state() const = 0;
  virtual Json numbers() const = 0;
  virtual void restore(const Json& numbers) = 0;
  /// Whether training.loss names one of several that the task has.
  virtual bool has_losses() const { return false; }
  /// What a checkpoint must agree on beside the fit's options.
  virtual std::string identity() const = 0;
  /// One epoch: fills steps, losses, the training metric and the rate. Draws by seed and epoch
  /// alone, so that it gives the same bits after a resume. Throws FitError, by `check_finite`, when
  /// it diverges.
  virtual void train(EpochRecord& record, FitTimes& times) = 0;
  /// Fills what the record says of the validation rows; not called where there are none. Throws as
  /// `train` does.
  virtual void validate(EpochRecord& record) = 0;
  /// "layer 2 conv2d": the first part of `model` with a weight that is not finite; "" where there
  /// is none.
  virtual std::string broken() const = 0;
};

/// Trains to the end and leaves the best epoch's model. Throws Error(kUsage) for settings of
/// training that have no effect here. A stop between steps is for `train` to
/// notice: it calls `stop_here`. Throws as Learner::fit does.
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

/// For `train`: throws Error(kInterrupted) where a stop was asked for; the running epoch is lost.
void stop_here(const FitOptions& options, const RunContext& run, std::int64_t epoch);
/// For `train` and `validate`: throws FitError for a loss that is not finite, with its epoch, its
/// batch from 1 on (0: all of them), and from where on: "from layer 2 conv2d on". `which`: "loss"
/// or "validation loss".
void check_finite(double loss, const FitOptions& options, const EpochRecord& record,
                  std::int64_t batch, const std::function<std::string()>& origin,
                  const std::string& which = "loss");
/// For `train`: how far the run is, at most every `options.progress_seconds`.
class Progressing {
 public:
  Progressing(const FitOptions& options, RunContext& run) : options_(options), run_(run) {}
  /// `share` of the epoch is done.
  void show(std::int64_t epoch, double share, const std::string& detail);

 private:
  const FitOptions& options_;
  RunContext& run_;
  double shown_ = 0;
};

}  // namespace dlwork::training
