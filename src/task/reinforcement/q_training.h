#pragma once

#include <memory>

#include "task/reinforcement/deep_q.h"
#include "training/optimizer.h"
#include "training/own_training.h"
#include "training/schedule.h"

namespace dlwork::task {

/// One training of a policy: an epoch is so many steps of the world, from starts drawn of the
/// training rows; its last episode ends with it.
class QTraining final : public training::OwnTraining {
 public:
  QTraining(DeepQ& learner, const training::FitOptions& options, const RunContext& run);

  training::NamedTensors model() const override { return learner_.tensors(); }
  training::NamedTensors state() const override;
  Json numbers() const override;
  void restore(const Json& numbers) override;
  std::string identity() const override;
  std::string broken() const override;
  void begin(training::OwnEpoch& epoch) override;
  training::EpochPart part() const override { return {"step", running_.steps, settings().steps}; }
  void advance(training::OwnEpoch& epoch) override;
  std::string detail() const override;
  void finish(training::OwnEpoch& epoch) override;
  void validate(training::OwnEpoch& epoch) override;

  /// A step of the optimizer towards fixed targets; returns the loss.
  double step(const Transitions& steps, const torch::Tensor& targets, const training::Rates& rates);

 private:
  /// What the running epoch has had.
  struct Running {
    std::int64_t steps = 0;      ///< of the world
    bool in_episode = false;     ///< the world's state is not to be started anew
    double earned = 0;           ///< in the running episode
    std::vector<float> returns;  ///< of those that ended
    double loss_sum = 0;
    std::int64_t batches = 0;
  };

  const spec::Reinforcement& settings() const { return options_.training.reinforcement; }
  /// Share of random actions at a step of the world, counted over the run.
  double explored(std::int64_t step) const;
  std::int64_t choose(double share);
  training::Rates rates_after(std::int64_t world_step) const;
  /// Draws, takes targets and steps; the copy that judges follows.
  void learn(std::int64_t world_step, training::OwnEpoch& epoch);
  /// Brings the copy that judges so much nearer to the network (Lillicrap et al. 2016, arXiv
  /// 1509.02971, section 3).
  void follow(double share);

  DeepQ& learner_;
  const training::FitOptions& options_;
  DeepQ judge_;
  Replay replay_;
  training::FlatParameters flat_;
  std::unique_ptr<training::Optimizer> optimizer_;
  std::unique_ptr<World> world_;
  Rng rng_;  ///< of the running epoch
  Running running_;
  std::uint64_t noise_ = derive_seed(options_.seed, "dropout");
};

}  // namespace dlwork::task
