#pragma once

#include <optional>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// The learning-rate range test of a baseline: its curve, and the rate to train with.
struct RateChoice {
  double rate = 0;  ///< the project's, or where it sets none and the test finds one, the test's
  artefact::Finding finding;
  artefact::Figure figure;
  Json values;
};
/// nullopt for a learner without a learning rate.
std::optional<RateChoice> choose_learning_rate(Context& context, training::Learner& learner,
                                               const training::FitOptions& options);

}  // namespace dlwork::phase
