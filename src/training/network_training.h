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
  NetworkTraining(NetworkLearner& learner, const FitOptions& options);

  NamedTensors model() const override { return learner_.tensors(); }
  NamedTensors state() const override;
  Json numbers() const override;
  void restore(const Json& numbers) override;
  bool has_losses() const override { return true; }
  bool augments() const override { return true; }
  std::string identity() const override;
  std::string broken() const override;
  void begin(OwnEpoch& epoch) override;
  EpochPart part() const override { return {"batch", running_.batch, batches()}; }
  void advance(OwnEpoch& epoch) override;
  std::string detail() const override;
  void finish(OwnEpoch& epoch) override;
  void validate(OwnEpoch& epoch) override;

  struct Step {
    double loss = 0;        ///< of before the step; none is taken where it is not finite
    model::Inputs outputs;  ///< in training mode, without a graph
  };
  Step step(const NetworkBatch& batch, const Rates& rates, FitTimes& times);
  const Trace& trace() const { return clock_.trace(); }

 private:
  /// What the running epoch has had.
  struct Running {
    std::int64_t batch = 0;
    double loss_sum = 0;
    Outputs said;                      ///< of its last rows, for the training metric
    std::vector<std::int64_t> judged;  ///< which those are
  };

  std::int64_t batches() const { return static_cast<std::int64_t>(bounds_.size()) - 1; }
  std::int64_t rows() const { return static_cast<std::int64_t>(options_.train_rows.size()); }
  /// The running batch, changed at random by the run's seed, the epoch and the batch alone.
  NetworkBatch draw_batch(std::int64_t epoch, const std::int64_t* rows, std::int64_t count);
  /// Whether the training metric is taken on the running batch.
  bool is_judged() const;
  /// Throws for a loss that is not finite of a batch that was run in this mode.
  void check(double loss, const OwnEpoch& epoch, std::int64_t number, const NetworkBatch& batch,
             model::Network::Mode mode) const;

  NetworkLearner& learner_;
  const FitOptions& options_;
  const data::Samples& samples_;
  Batches feed_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<std::int64_t> bounds_;  ///< of the batches
  FitClock clock_;
  std::vector<std::int64_t> order_;  ///< of the running epoch's rows
  Running running_;
  std::uint64_t noise_ = derive_seed(options_.seed, "dropout");
};

/// Appends rows of as many columns.
void append(Outputs& outputs, const Outputs& more);

}  // namespace dlwork::training
