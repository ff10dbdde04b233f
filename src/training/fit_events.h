#pragma once

#include <memory>
#include <optional>

#include "dlwork/artefact/events.h"
#include "training/fit.h"
#include "training/layer_values.h"

namespace dlwork::training {

/// Writes a training's TensorBoard events: the graph, each epoch's figures, and - as long as that
/// costs next to nothing - histograms of weights, gradients and what each layer gives, and
/// precision-recall curves. Of a network that was taken as it stands, its training is told again.
/// Keeps the spreads of the same values after some epochs, which stand fixed, as they belong to the
/// result.
class FitEvents {
 public:
  /// `history`: of a fit that is resumed.
  FitEvents(SupervisedLearner& learner, const FlatParameters& flat, const FitOptions& options,
            const std::vector<EpochRecord>& history);
  /// Of the epoch that ends, on the validation part.
  void validated(Outputs outputs) { outputs_ = std::move(outputs); }
  void epoch(const EpochRecord& record);
  void keep_spreads(std::int64_t epoch, bool last, FitReport& report) const;
  /// The last epoch's details, where they were left out. Of a network taken as it stands those of
  /// its best epoch, whose weights are put in place.
  void finish(const FitState& state);

 private:
  void write_details(std::int64_t epoch);
  void write_histograms(std::int64_t epoch);
  void write_pr_curves(std::int64_t epoch);

  SupervisedLearner& learner_;
  const FitOptions& options_;
  LayerValues layers_;
  std::optional<artefact::EventFile> file_;  ///< none where spreads alone are asked for
  Outputs outputs_;
  double started_, spent_ = 0;            ///< seconds
  std::int64_t last_ = 0, detailed_ = 0;  ///< epochs
  bool as_it_stands_ = false;             ///< its history was told again, and no epoch came since
};

/// Of a fit that begins, or goes on from what `report` tells; none where nothing is to be kept.
std::unique_ptr<FitEvents> fit_events(SupervisedLearner& learner, const FlatParameters& flat,
                                      const FitOptions& options, const FitReport& report);

}  // namespace dlwork::training
