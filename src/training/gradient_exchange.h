#pragma once

#include <array>
#include <vector>

#include "dlwork/base/group.h"
#include "model/network.h"
#include "training/optimizer.h"

namespace dlwork::training {

/// Means and variances of batch norm: float32 tensors that follow the batches.
std::vector<torch::Tensor> running_statistics(const model::Network& network);

/// Replaces each process's gradients by the mean over all samples of the step, in buckets that go
/// out while the backward pass is at earlier layers (Li et al., PyTorch Distributed, 2020, section
/// 3.2.3; buckets here are stretches of the flat gradients, last parameters first).
class GradientExchange {
 public:
  /// Large enough that a bucket's latency does not count, small enough that several overlap.
  static constexpr std::int64_t kBucketFloats = 2 << 20;

  /// `running`: `running_statistics`, replaced by their mean over the processes at each step.
  GradientExchange(Group& group, const FlatParameters& parameters,
                   std::vector<torch::Tensor> running, std::int64_t bucket_floats = kBucketFloats);

  /// Before the backward pass: which share of the step's weight is this process's.
  void begin(double share);
  /// The gradient of this parameter is final. In the same order in all processes.
  void ready(std::size_t parameter);
  /// Few numbers that are summed along, FlatParameters::kHead at most.
  using Numbers = std::array<float, 2>;
  /// Sends what is left and waits for all. Returns the numbers' sums.
  Numbers finish(const Numbers& numbers);

 private:
  struct Bucket {
    std::int64_t begin, end;  ///< in `exchanged_`
    std::size_t parameters;
  };
  void launch(const Bucket& bucket);

  Group& group_;
  torch::Tensor exchanged_;  ///< FlatParameters::exchanged
  std::vector<torch::Tensor> running_;
  torch::Tensor running_sum_;
  std::vector<Bucket> buckets_;         ///< the last parameters' first
  std::vector<std::size_t> bucket_of_;  ///< each parameter
  std::vector<std::size_t> missing_;    ///< parameters of each bucket that are not ready
  std::size_t next_ = 0;                ///< bucket to be launched
  double share_ = 1;
};

}  // namespace dlwork::training
