#pragma once

#include <string>
#include <vector>

#include "phase/measuring.h"
#include "phase/tune/space.h"

namespace dlwork::phase {

/// One network of the ensemble.
struct Member {
  std::string file;   ///< in the run folder
  Settings settings;  ///< of the trial it takes over; empty: the project's own
  std::int64_t trial = -1;
  double seconds = 0;  ///< training time; 0 when taken from elsewhere
  std::unique_ptr<training::Learner> learner;
  training::Outputs validation;
  training::Outputs test;
};

/// Trains the members, side by side where that is faster, or takes those that a killed run had
/// finished; the first with the project's own settings is the network that `diagnose` trained,
/// where it has done so. Predicts the validation and test parts with each.
std::vector<Member> train_members(Context& context);

}  // namespace dlwork::phase
