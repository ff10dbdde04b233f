#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "phase/measuring.h"

namespace dlwork::phase {

/// A fresh baseline network, always with the same first weights.
using MakeLearner = std::function<std::unique_ptr<training::Learner>()>;

/// What a fit of a fresh network gives. It has a label of its own in the run's log and its place in
/// the profile, and leaves neither checkpoint nor events: those are of the baseline itself.
struct ShortRun {
  artefact::Metric metric;     ///< the goal's, on the validation part
  double validation_loss = 0;  ///< the lowest of its epochs
};
ShortRun short_run(Context& context, const MakeLearner& make, training::FitOptions options,
                   const std::string& of);

/// Billions of multiply-adds that the fit takes, about; 0 where the learner does not tell.
double work_of(const MakeLearner& make, const training::FitOptions& options);

/// The rows of the baseline as a learning curve chooses them: from 500 on doubled, until the goal's
/// metric on the validation part lies within the interval of the one before, all are in, or a run
/// would be more work than baseline.trial_work.
struct SubsetChoice {
  std::int64_t rows = 0;
  artefact::Finding finding;
  artefact::Figure figure;
};
/// nullopt where there are too few rows to choose from: all are taken.
std::optional<SubsetChoice> choose_subset(Context& context, const MakeLearner& make,
                                          const training::FitOptions& options);

}  // namespace dlwork::phase
