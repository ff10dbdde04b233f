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
  QTraining(DeepQ& learner, const training::FitOptions& options, RunContext& run);

  training::NamedTensors model() const override { return learner_.tensors(); }
  training::NamedTensors state() const override;
  Json numbers() const override;
  void restore(const Json& numbers) override;
  std::string identity() const override;
  std::string broken() const override;
  void train(training::EpochRecord& record, training::FitTimes& times) override;
  void validate(training::EpochRecord& record) override;

  /// A step of the optimizer towards fixed targets; returns the loss.
  double step(const Transitions& steps, const torch::Tensor& targets, const training::Rates& rates);

 private:
  const spec::Reinforcement& settings() const { return options_.training.reinforcement; }
  /// Share of random actions at a step of the world, counted over the run.
  double explored(std::int64_t step) const;
  std::int64_t choose(World& world, double share, Rng& rng) const;
  training::Rates rates_after(std::int64_t world_step) const;
  /// Draws, takes targets and steps; the copy that judges follows.
  double learn(Rng& rng, std::int64_t world_step, std::int64_t batch, training::EpochRecord& record,
               training::FitTimes& times);
  /// Brings the copy that judges so much nearer to the network (Lillicrap et al. 2016, arXiv
  /// 1509.02971, section 3).
  void follow(double share);

  DeepQ& learner_;
  const training::FitOptions& options_;
  RunContext& run_;
  DeepQ judge_;
  Replay replay_;
  training::FlatParameters flat_;
  std::unique_ptr<training::Optimizer> optimizer_;
  training::Progressing progress_;
  std::uint64_t noise_ = derive_seed(options_.seed, "dropout");
};

}  // namespace dlwork::task
