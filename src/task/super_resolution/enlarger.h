#pragma once

#include "training/network_learner.h"

namespace dlwork::task {

/// A network that restores pictures from smaller ones: it sees [C, H / f, W / f], the means of
/// squares of f x f standardised pixels, and gives [C, H, W], what the picture is beside its
/// bicubic enlargement (Kim, Lee and Lee, Accurate Image Super-Resolution Using Very Deep
/// Convolutional Networks, 2016, arXiv 1511.04587, section 3.2). Where its layers end with the
/// small picture's size, a convolution to C f^2 channels and pixel_shuffle are added (Shi et al.
/// 2016, arXiv 1609.05158). Of pictures whose sides f does not divide, the rows and columns past
/// the last whole multiple are left out.
class Enlarger final : public training::NetworkLearner {
 public:
  /// `blueprint.own` has the factor. Throws Error(kUsage) where the network gives another shape.
  Enlarger(training::NetworkBlueprint blueprint, const data::Dataset* dataset,
           const RunContext& run);
  /// What `make_blueprint` of the project gives, with its loss and factor. Throws Error(kUsage) for
  /// samples that are no pictures, or smaller than the factor.
  static training::NetworkBlueprint blueprint_for(const spec::Project& project,
                                                  const data::Dataset& dataset,
                                                  const spec::Model& model, std::uint64_t seed);

  std::int64_t factor() const { return factor_; }
  /// Restored pictures of rows, pixels as shares of 255 and cut to 0..1: [count, C, H, W] on the
  /// CPU.
  torch::Tensor restored(const data::Samples& samples, const std::vector<std::int64_t>& rows) const;

  torch::Tensor loss(const model::Inputs& outputs,
                     const training::NetworkBatch& batch) const override;
  /// Its mean squared error and its structural similarity (training::picture_figures).
  training::Outputs describe(const model::Inputs& outputs, const training::NetworkBatch& batch,
                             const data::Samples& samples) const override;
  /// Smaller copies of the pictures, and the pictures as targets.
  training::NetworkBatch batch_of(model::Inputs prepared,
                                  std::vector<std::int64_t> rows) const override;
  std::vector<artefact::Finding> test_network(const spec::NetworkTest& thresholds,
                                              const training::FitOptions& options,
                                              RunContext& run) override;

 private:
  /// The bicubic enlargement and what the network adds to it, standardised.
  torch::Tensor whole(const model::Inputs& outputs, const training::NetworkBatch& batch) const;
  /// From standardised values to shares of 255, cut to 0..1.
  torch::Tensor pixels(const torch::Tensor& values) const;

  std::int64_t factor_;
  torch::Tensor scale_, offset_;  ///< of each channel, [C, 1, 1]
};

}  // namespace dlwork::task
