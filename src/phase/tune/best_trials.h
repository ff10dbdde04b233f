#pragma once

#include <vector>

#include "dlwork/phase/phase.h"
#include "phase/tune/space.h"

namespace dlwork::phase {

/// A trial that ran to its end and has a figure.
struct FinishedTrial {
  std::int64_t number = -1;  ///< 0: the project as it is
  double value = 0;          ///< the goal's metric on the validation part
  Settings settings;
};

/// Those of the last tuning, best first; empty where there was none.
std::vector<FinishedTrial> finished_trials(const Context& context);

}  // namespace dlwork::phase
