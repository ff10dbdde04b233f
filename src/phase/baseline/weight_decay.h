#pragma once

#include <optional>

#include "phase/baseline/short_runs.h"

namespace dlwork::phase {

/// The weight decay of a baseline, chosen by short runs with it and three others: Smith 2018
/// (1803.09820), section 4.4; for decoupled decay, which acts through the learning rate, the others
/// stand a hundred times higher.
struct DecayChoice {
  double decay = 0;
  artefact::Finding finding;
  std::optional<artefact::Table> table;  ///< none where there was nothing to try
};
DecayChoice choose_weight_decay(Context& context, const MakeLearner& make,
                                const training::FitOptions& options);

}  // namespace dlwork::phase
