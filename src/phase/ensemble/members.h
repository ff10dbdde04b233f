#pragma once

#include <memory>
#include <string>
#include <vector>

#include "phase/measuring.h"
#include "phase/sharing.h"
#include "phase/tune/space.h"

namespace dlwork::phase {

/// One network of the ensemble.
struct Member {
  std::string file;   ///< in the run folder
  Settings settings;  ///< of the trial it takes over; empty: the project's own
  std::unique_ptr<training::Learner> learner;
  training::Outputs validation;
  training::Outputs test;
};

/// Trains the members that are this process's, side by side where that is faster, or takes those
/// that a killed run had finished; the first with the project's own settings is the network that
/// `diagnose` trained, where it has done so. Each ends as a file in the run folder.
void train_members(Context& context, const Share& share);

/// All members from their files, with what they predict of the validation and test parts.
std::vector<Member> read_members(Context& context);

}  // namespace dlwork::phase
