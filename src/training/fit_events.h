#pragma once

#include <memory>
#include <optional>

#include "dlwork/artefact/events.h"
#include "training/layer_values.h"
#include "training/supervised_learner.h"

namespace dlwork::training {

/// Writes a training's TensorBoard events: the graph, each epoch's figures, and - as long as that
/// costs next to nothing - histograms of weights, gradients and what each layer gives, and
/// precision-recall curves. Keeps the spreads of the same values after some epochs, which stand
/// fixed, as they belong to the result.
class FitEvents {
 public:
  /// `epochs_done`: of a fit that is resumed; what older files tell of later epochs is void.
  FitEvents(const SupervisedLearner& learner, const FlatParameters& flat, const FitOptions& options,
            std::int64_t epochs_done);
  /// Of the epoch that ends, on the validation part.
  void validated(Outputs outputs) { outputs_ = std::move(outputs); }
  void epoch(const EpochRecord& record);
  void keep_spreads(std::int64_t epoch, bool last, FitReport& report) const;
  /// The last epoch's details, where they were left out.
  void finish();

 private:
  void write_scalars(const EpochRecord& record);
  void write_details(std::int64_t epoch);
  void write_histograms(std::int64_t epoch);
  void write_pr_curves(std::int64_t epoch);

  const SupervisedLearner& learner_;
  const FitOptions& options_;
  LayerValues layers_;
  std::optional<artefact::EventFile> file_;  ///< none where spreads alone are asked for
  Outputs outputs_;
  double started_, spent_ = 0;            ///< seconds
  std::int64_t last_ = 0, detailed_ = 0;  ///< epochs
};

/// Of a fit that begins, or goes on from what `report` tells; none where nothing is to be kept.
std::unique_ptr<FitEvents> fit_events(const SupervisedLearner& learner, const FlatParameters& flat,
                                      const FitOptions& options, const FitReport& report);

}  // namespace dlwork::training
