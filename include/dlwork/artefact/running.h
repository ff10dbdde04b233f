#pragma once

#include "dlwork/artefact/workspace.h"

namespace dlwork::artefact {

/// Whether a live process is at work on a run that has no result yet. The workspace's lock is only
/// looked at: nobody who wants it is kept out. A holder on another machine counts as alive.
bool is_running(const RunFolder& run);

}  // namespace dlwork::artefact
