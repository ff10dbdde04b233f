#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "phase/measuring.h"

namespace dlwork::phase {

/// A fresh baseline network, always with the same first weights.
using MakeLearner = std::function<std::unique_ptr<training::Learner>()>;

/// The rows of the baseline as a learning curve chooses them: from 500 on doubled, until the goal's
/// metric on the validation part lies within the interval of the one before, or all are in.
struct SubsetChoice {
  std::int64_t rows = 0;
  artefact::Finding finding;
  artefact::Figure figure;
};
/// nullopt where there are too few rows to choose from: all are taken.
std::optional<SubsetChoice> choose_subset(Context& context, const MakeLearner& make,
                                          const training::FitOptions& options);

/// A short run with each of four weight decays: Smith 2018 (1803.09820), section 4.4; for decoupled
/// decay, which acts through the learning rate, the grid stands a hundred times higher.
struct DecayGrid {
  artefact::Finding finding;
  artefact::Table table;
};
DecayGrid try_weight_decays(Context& context, const MakeLearner& make,
                            const training::FitOptions& options);

}  // namespace dlwork::phase
