#pragma once

#include <functional>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// Which of a phase's numbered trainings this process does: each process as many as the others, and
/// the same ones whatever the others do.
struct Share {
  explicit Share(const Group* group)
      : rank(group ? group->rank() : 0), size(group ? group->size() : 1) {}
  bool leads() const { return rank == 0; }
  bool takes(std::int64_t number) const { return number % size == rank; }

  int rank, size;
};

/// Processes that share out the trainings of a phase work for themselves: each trains its networks
/// alone and writes into the run folder of the first, which all must see. Once one of them fails or
/// is lost, the others stop with their state kept.
using SharedWork = std::function<void(Context& own)>;

/// In the first process: lets the others begin, does its own part, and waits for theirs.
void lead_sharing(Context& context, const SharedWork& work);

/// In another: does its part over the first one's workspace. The result is for nobody.
artefact::PhaseResult share_along(Context& context, const SharedWork& work);

}  // namespace dlwork::phase
