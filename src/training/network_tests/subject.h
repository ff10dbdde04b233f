#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "training/batches.h"
#include "training/network_tests/train_step.h"
#include "training/runner.h"

namespace dlwork::training {

using Rows = std::vector<std::int64_t>;

/// What the network tests look at: one untrained network, the batches it is fed and the step that
/// trains it, on the ways that `fit`, `predict` and `save` go.
class Subject {
 public:
  /// `run` and what `options` refers to outlive it.
  Subject(std::unique_ptr<SupervisedLearner> learner, const FitOptions& options, RunContext& run);
  virtual ~Subject() = default;

  SupervisedLearner& learner() const { return *learner_; }
  const model::Network& network() const { return learner_->network(); }
  void set_mode(model::Network::Mode mode) const { network().set_mode(mode); }

  /// Prepared inputs of rows of the dataset, in memory of their own.
  virtual model::Inputs inputs(const Rows& rows);
  virtual torch::Tensor targets(const Rows& rows);
  /// From now on each of the rows has the target of another of them, drawn by seed.
  void shuffle_targets(const Rows& rows, std::uint64_t seed);

  /// The step, made when it is first asked for: it takes the weights into its buffer. Label
  /// smoothing is left out, so that a batch can be learned to the loss's end.
  TrainStep& step();
  /// Raw outputs, without a graph, in the network's present mode.
  virtual torch::Tensor outputs(const model::Inputs& inputs);
  /// Mean loss of raw outputs, as training has it, in their own precision.
  torch::Tensor loss(const torch::Tensor& outputs, const torch::Tensor& targets);
  virtual Outputs predict(const Rows& rows);
  /// What takes batches() through the network in `fit`, over the step's buffer.
  virtual std::unique_ptr<Runner> runner(RunnerChoice choice);
  Batches& batches() { return batches_; }
  /// What comes back of the network written to `file`.
  virtual std::unique_ptr<Learner> reload(const std::filesystem::path& file);

 protected:
  virtual std::unique_ptr<TrainStep> make_step(const spec::Training& training,
                                               const LossSettings& settings);
  RunContext& run_;

 private:
  std::unique_ptr<SupervisedLearner> learner_;
  spec::Training training_;
  LossSettings settings_;
  Batches batches_;
  Rows target_of_;  ///< by row, where targets were shuffled
  std::unique_ptr<TrainStep> step_;
};

/// Makes a network anew; the same seed gives the same one.
using SubjectFactory = std::function<std::unique_ptr<Subject>(std::uint64_t seed)>;

}  // namespace dlwork::training
