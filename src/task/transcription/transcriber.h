#pragma once

#include <memory>
#include <string>
#include <vector>

#include "task/transcription/alphabet.h"
#include "training/network_learner.h"

namespace dlwork::task {

/// Texts that the outputs of their series have too few steps for.
struct TooLong {
  std::vector<std::int64_t> rows;
  std::int64_t needed = 0, steps = 0;  ///< of the first
  /// "3 of 40 training texts need ...", for at least one.
  std::string text(const data::Samples& samples, std::size_t of) const;
};

/// A network that says at each step how likely each unit of the alphabet, or none, is. It learns by
/// connectionist temporal classification (Graves et al. 2006), so that nobody need say where in the
/// series a unit is. Its last layer gives [T', K]: strides and pooling may make T' less than the
/// steps that come in.
class Transcriber final : public training::NetworkLearner {
 public:
  /// Throws Error(kUsage) at a layer that forgets where series end. `dataset` as in the base.
  Transcriber(training::NetworkBlueprint blueprint, const data::Dataset* dataset,
              const RunContext& run);

  /// Of units that the alphabet has: others cannot be learned. Texts with too few steps count as 0.
  torch::Tensor loss(const model::Inputs& outputs,
                     const training::NetworkBatch& batch) const override;
  training::Outputs describe(const model::Inputs& outputs, const training::NetworkBatch& batch,
                             const data::Samples& samples) const override;
  /// Nor a crop, which may take away what the text still says.
  void check_augment(const spec::Augment& augment) const override;
  /// Warns of texts with too few steps. Throws Error(kUsage) where all are.
  training::FitReport fit(const training::FitOptions& options, RunContext& run) override;
  std::vector<artefact::Finding> test_network(const spec::NetworkTest& thresholds,
                                              const training::FitOptions& options,
                                              RunContext& run) override;

  const Alphabet& alphabet() const { return alphabet_; }
  /// Probabilities of rows, [N, T', K], with the steps of each.
  model::Inputs frames(const data::Samples& samples, const std::vector<std::int64_t>& rows) const;
  /// Mean `blind_loss` of rows of the dataset, at as many steps as this network gives.
  double blind_loss_of(const std::vector<std::int64_t>& rows) const;
  TooLong too_long(const std::vector<std::int64_t>& rows) const;

 private:
  [[noreturn]] void refuse_all_too_long() const;
  /// Steps of what the network gives of rows of the dataset.
  std::vector<std::int64_t> output_steps(const std::vector<std::int64_t>& rows) const;

  Alphabet alphabet_;
  std::vector<std::vector<std::int64_t>> codes_;  ///< of the dataset's texts
};

/// For a project, with the alphabet of the training part and a last layer that answers each step.
training::NetworkBlueprint transcriber_blueprint(const spec::Project& project,
                                                 const data::Dataset& dataset,
                                                 const spec::Model& model, std::uint64_t seed);

/// What several say together: the weighted mean of their probabilities at each step, read as those
/// of one. Throws Error(kUsage) where alphabets or steps differ.
training::Outputs read_together(const std::vector<const Transcriber*>& members,
                                const std::vector<double>& weights, const data::Samples& samples,
                                const std::vector<std::int64_t>& rows);

}  // namespace dlwork::task
