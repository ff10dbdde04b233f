#pragma once

#include <functional>
#include <memory>
#include <string>

#include "training/loss_scale.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// Which samples a batch is made of, and how they are changed.
struct Feed {
  Batches& batches;
  const std::int64_t* rows;
  std::int64_t count;
  const spec::Augment* augment = nullptr;  ///< none: unchanged
  Rng* rng = nullptr;                      ///< of the augmentation
  bool with_targets = true;                ///< new samples have none
};

/// Takes batches through a network: gather, forward, and, while training, backward. The ways to do
/// so give the same numbers to a few units in the last place: kernels planned once for the network,
/// where all its layers have one; LibTorch's autograd; on CUDA a graph of what autograd launches.
class Runner {
 public:
  virtual ~Runner() = default;
  /// "planned", "CUDA graph", or "autograd" and why.
  const std::string& path() const { return path_; }

  virtual void gather(const Feed& feed) = 0;
  /// Of the batch gathered last: runs the network and returns the mean loss, or 0 without targets.
  /// `noise` seeds what is random in training mode.
  virtual double forward(model::Network::Mode mode, std::uint64_t noise) = 0;
  /// After a forward in training mode: leaves gradients in the parameters' `grad`s.
  virtual void backward() = 0;
  /// Appends what the network said of the batch: shares of classes, or values in the target's unit.
  virtual void append_outputs(Outputs& outputs) = 0;
  /// Asks for a call within `backward` for each parameter, by its place in the network's, as soon
  /// as its gradient is final. A runner may leave them out.
  virtual void on_gradient(std::function<void(std::size_t)>) {}

 protected:
  explicit Runner(std::string path) : path_(std::move(path)) {}
  void set_path(std::string path) { path_ = std::move(path); }

 private:
  std::string path_;
};

/// To train as the section says: 16 bits and mixed samples go through autograd. `scale`: what the
/// loss is multiplied by before the backward pass, and gradients with it; none where null.
/// `processes` train together.
std::unique_ptr<Runner> make_training_runner(const SupervisedLearner& learner,
                                             const LossSettings& settings,
                                             const spec::Training& training,
                                             const LossScale* scale = nullptr, int processes = 1);

enum class RunnerChoice { kFastest, kAutograd };

/// For the learner's network. To train, make it after the FlatParameters whose memory it shall use.
std::unique_ptr<Runner> make_runner(const SupervisedLearner& learner, const LossSettings& settings,
                                    RunnerChoice choice = RunnerChoice::kFastest);

}  // namespace dlwork::training
