#pragma once

#include <string>

#include "dlwork/artefact/result.h"
#include "dlwork/phase/phase.h"

namespace dlwork::phase::audit {

/// Compares new data with what the newest audit recorded in this workspace. Reads neither the
/// project's data nor writes its state. Throws Error(kUsage) where nothing is recorded.
artefact::PhaseResult audit_against(Context& context, const std::string& path);

}  // namespace dlwork::phase::audit
