#pragma once

#include <optional>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// The learning-rate range test of a baseline: its curve, and the rate to train with.
struct RateChoice {
  /// The test's, where it finds one and the project sets none or the analogy's is clearly off; else
  /// the one that is set.
  double rate = 0;
  artefact::Finding finding;
  artefact::Figure figure;
  Json values;
};
/// nullopt for a learner without a learning rate.
std::optional<RateChoice> choose_learning_rate(Context& context, training::Learner& learner,
                                               const training::FitOptions& options);

}  // namespace dlwork::phase
