#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/network_tests/subject.h"

namespace dlwork::training {

/// What the tests of one network share: its thresholds, the samples they look at, fresh copies of
/// it, and the copy that learned a batch by heart, which more than one test asks.
class Probe {
 public:
  Probe(SubjectFactory make, std::uint64_t seed, const spec::NetworkTest& thresholds,
        const FitOptions& options, RunContext& run);

  /// An untrained copy with the network's own seed, or another.
  std::unique_ptr<Subject> fresh() const { return make_(seed_); }
  std::unique_ptr<Subject> fresh(std::uint64_t seed) const { return make_(seed); }
  std::uint64_t seed() const { return seed_; }
  const spec::NetworkTest& thresholds() const { return thresholds_; }
  const FitOptions& options() const { return options_; }
  RunContext& run() const { return run_; }

  const Rows& few() const { return few_; }            ///< at most 8 training rows
  const Rows& batch() const { return batch_; }        ///< at most test.overfit_samples
  const Rows& many() const { return many_; }          ///< at most kTestedSamples
  const Rows& held_out() const { return held_out_; }  ///< at most 256 validation rows

  /// Takes one step on the rows at the project's own rate; its loss. Throws Error(kInterrupted).
  double descend(Subject& subject, const model::Inputs& inputs, const torch::Tensor& targets) const;
  /// The same so many times, with random numbers by seed.
  void descend(Subject& subject, const Rows& rows, int steps) const;

  struct Learned {
    std::unique_ptr<Subject> subject;
    double first = 0, last = 0;
    double least = 0;  ///< that the loss can be, with every target met
    std::int64_t steps = 0;
    double share() const { return (last - least) / (first - least); }
  };
  /// A copy trained on batch() until its loss is below test.overfit_loss_ratio of the start, or
  /// test.overfit_steps are over, or it learns nothing. Dropout is out where the loss is judged.
  Learned& learned();

 private:
  Learned learn() const;

  SubjectFactory make_;
  std::uint64_t seed_;
  const spec::NetworkTest& thresholds_;
  const FitOptions& options_;
  RunContext& run_;
  Rows few_, batch_, many_, held_out_;
  std::optional<Learned> learned_;
};

/// Loss of outputs that meet every target: 0 for most.
double least_loss(Subject& subject, const torch::Tensor& targets);

/// Share of the larger of two tensors by which they differ.
double difference(const torch::Tensor& a, const torch::Tensor& b);

/// Gradients of the batch's mean loss, all in a row, with random numbers by seed.
torch::Tensor gradients_of(Subject& subject, const model::Inputs& inputs,
                           const torch::Tensor& targets, std::uint64_t seed);

/// Largest absolute value, 0 of nothing.
double largest(const torch::Tensor& tensor);
/// Root of the mean square.
double rms(const torch::Tensor& tensor);

}  // namespace dlwork::training
