#pragma once

#include "training/network_learner.h"

namespace dlwork::task {

/// A network that places samples so that those of a class are near: what it says of a sample is a
/// vector [D], D being the width of its last layer, of length 1 where training.triplets says so.
/// Trained by the triplets of batches of several samples a class (Hermans, Beyer and Leibe 2017).
class SimilarityNetwork final : public training::NetworkLearner {
 public:
  /// As NetworkLearner; throws Error(kUsage) for layers that do not end with a vector.
  SimilarityNetwork(training::NetworkBlueprint blueprint, const data::Dataset* dataset,
                    const RunContext& run);
  static std::unique_ptr<SimilarityNetwork> load(const std::filesystem::path& file,
                                                 RunContext& run);

  /// `mined_triplet_loss` of the batch; of more rows than training takes at once, the mean over
  /// batches of as many, dealt as training's are.
  torch::Tensor loss(const model::Inputs& outputs,
                     const training::NetworkBatch& batch) const override;
  training::Outputs describe(const model::Inputs& outputs, const training::NetworkBatch& batch,
                             const data::Samples& samples) const override;
  /// By `class_order`. Throws Error(kUsage) where a batch has no room for two classes,
  /// Error(kInput) where no triplet can be made of the rows.
  std::vector<std::int64_t> order(std::vector<std::int64_t> rows, std::int64_t batch_size,
                                  Rng& rng) const override;
  /// On batches as training's: rows in their own order may be all of one class.
  std::vector<training::LayerReport> inspect(const std::vector<std::int64_t>& rows) override;
  std::vector<artefact::Finding> test_network(const spec::NetworkTest& limits,
                                              const training::FitOptions& options,
                                              RunContext& run) override;
  /// With the centres, worked out anew where there is a dataset.
  void save(const std::filesystem::path& file) override;

  std::int64_t width() const { return output_shape().front(); }
  const std::vector<std::string>& classes() const { return classes_; }
  /// Of each class the mean of its training part's vectors, [classes, D]; NaN where it has none.
  /// What a model file holds; worked out where there is a dataset.
  torch::Tensor centres();

 private:
  training::NamedTensors stored();
  torch::Tensor vectors_of(const torch::Tensor& values) const;
  /// Of the dataset's rows, [n] int64 on the network's device.
  torch::Tensor codes_of(const std::vector<std::int64_t>& rows) const;

  std::vector<std::string> classes_;
  spec::Triplets triplets_;
  std::int64_t batch_size_;
  bool has_dataset_;
  torch::Tensor centres_;
};

/// What `blueprint.own` holds of a project.
Json similarity_settings(const spec::Project& project, const data::Target& target);

}  // namespace dlwork::task
