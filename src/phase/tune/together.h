#pragma once

#include <functional>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// Which trials of a study this process runs: each as often as the others, and the same ones
/// whatever the others do.
struct TrialShare {
  explicit TrialShare(const Group* group)
      : rank(group ? group->rank() : 0), size(group ? group->size() : 1) {}
  bool leads() const { return rank == 0; }
  bool takes(std::int64_t number) const { return number % size == rank; }

  int rank, size;
};

/// Processes that share out the trials of a study work for themselves: each trains its networks
/// alone, adds to the one journal and writes into the run folder of the first, which all must see.

/// In the first process: lets the others begin, does its own part, and waits for theirs.
void lead_tuning(Context& context, const std::function<void()>& work);

/// In another: does its part over the first one's workspace. The result is for nobody.
artefact::PhaseResult tune_along(Context& context, const std::function<void(Context&)>& work);

}  // namespace dlwork::phase
