#pragma once

#include <memory>

#include "training/fit_clock.h"
#include "training/network_learner.h"
#include "training/optimizer.h"
#include "training/own_training.h"
#include "training/schedule.h"

namespace dlwork::training {

/// One training of a network by its task's own loss: the training rows in an order of the seed and
/// epoch alone, in batches. Takes the weights into one buffer; the learner outlives it.
class NetworkTraining final : public OwnTraining {
 public:
  NetworkTraining(NetworkLearner& learner, const FitOptions& options, RunContext& run);

  NamedTensors model() const override { return learner_.tensors(); }
  NamedTensors state() const override;
  Json numbers() const override { return {{"steps", optimizer_->steps()}}; }
  void restore(const Json& numbers) override { numbers.at("steps").get_to(optimizer_->steps()); }
  bool has_losses() const override { return true; }
  std::string identity() const override;
  std::string broken() const override;
  void train(EpochRecord& record, FitTimes& times) override;
  void validate(EpochRecord& record) override;

  struct Step {
    double loss = 0;        ///< of before the step; none is taken where it is not finite
    model::Inputs outputs;  ///< in training mode, without a graph
  };
  Step step(const NetworkBatch& batch, const Rates& rates, FitTimes& times);
  const Trace& trace() const { return clock_.trace(); }

 private:
  /// Throws for a loss that is not finite of a batch that was run in this mode.
  void check(double loss, const EpochRecord& record, std::int64_t number, const NetworkBatch& batch,
             model::Network::Mode mode) const;

  NetworkLearner& learner_;
  const FitOptions& options_;
  RunContext& run_;
  const data::Samples& samples_;
  Batches feed_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<std::int64_t> bounds_;  ///< of the batches
  Progressing progress_;
  FitClock clock_;
  std::uint64_t noise_ = derive_seed(options_.seed, "dropout");
};

/// Appends rows of as many columns.
void append(Outputs& outputs, const Outputs& more);

}  // namespace dlwork::training
