#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dlwork/spec/project.h"
#include "model/network.h"
#include "model/torch.h"
#include "training/optimizer.h"

namespace dlwork::training {

/// A running mean of a network's weights over its training.
///   ema  after every step, mean = d mean + (1 - d) weights with d = min(decay, (1 + n) / (10 + n))
///   at
///        the n-th step, so that early weights are soon forgotten (Polyak and Juditsky 1992; the
///        warm start is TensorFlow's); running means of batch norm are averaged in the same way
///   swa  after every epoch from `start` of the run on, the plain mean (Izmailov et al., Averaging
///        Weights Leads to Wider Optima, 2018, algorithm 1); batch norm is measured anew
class WeightAverage {
 public:
  WeightAverage(const spec::Averaging& options, const model::Network& network,
                FlatParameters& parameters);

  void after_step();
  /// `steps` are those done so far; averaging starts at `start`.
  void after_epoch(std::int64_t steps, std::int64_t start);
  /// Something has been averaged.
  bool ready() const { return active() && count() > 0; }

  /// Puts the mean in the network's place, and the network's own weights back at the end.
  class InPlace {
   public:
    /// `feed` shows the network all training batches; called where batch norm is measured anew.
    InPlace(WeightAverage& average, const std::function<void()>& feed);
    ~InPlace();
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

   private:
    WeightAverage& average_;
    std::vector<torch::Tensor> own_;
  };

  /// For checkpoints; empty where nothing is averaged.
  std::vector<torch::Tensor>& state() { return state_; }

 private:
  bool active() const { return !state_.empty(); }
  std::int64_t count() const { return state_.front().item<std::int64_t>(); }
  /// The flat weights, then the floating buffers.
  std::vector<torch::Tensor> tensors() const;
  void average(double keep);

  const spec::Averaging& options_;
  const model::Network& network_;
  FlatParameters& parameters_;
  std::vector<torch::Tensor> state_;  ///< [1] int64 count, then the means of `tensors`
};

}  // namespace dlwork::training
