#pragma once

#include "dlwork/artefact/events.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// Writes a training's TensorBoard events: the graph, each epoch's figures, and - as long as that
/// costs next to nothing - histograms of weights, gradients and what each layer gives, and
/// precision-recall curves.
class FitEvents {
 public:
  /// `epochs_done`: of a fit that is resumed; what older files tell of later epochs is void.
  FitEvents(const SupervisedLearner& learner, const FlatParameters& flat, const FitOptions& options,
            std::int64_t epochs_done);
  /// Of the epoch that ends, on the validation part.
  void validated(Outputs outputs) { outputs_ = std::move(outputs); }
  void epoch(const EpochRecord& record);
  /// The last epoch's details, where they were left out.
  void finish();

 private:
  void choose_watched(const std::vector<std::int64_t>& rows);
  void write_scalars(const EpochRecord& record);
  void write_details(std::int64_t epoch);
  void write_histograms(std::int64_t epoch);
  void write_activations(std::int64_t epoch);
  void write_pr_curves(std::int64_t epoch);

  const SupervisedLearner& learner_;
  const FlatParameters& flat_;
  const FitOptions& options_;
  artefact::EventFile file_;
  Outputs outputs_;
  torch::Tensor watched_;                 ///< the inputs whose activations are shown
  std::vector<std::string> names_;        ///< of the parameters, in the buffer's order
  double started_, spent_ = 0;            ///< seconds
  std::int64_t last_ = 0, detailed_ = 0;  ///< epochs
};

}  // namespace dlwork::training
