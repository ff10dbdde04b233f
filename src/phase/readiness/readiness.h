#pragma once

#include "phase/streamed.h"

namespace dlwork::phase {

/// Tables that may not fit `bytes` of memory are streamed; of wide ones fewer rows are drawn.
StreamLimits limits_of_memory(const spec::Project& project, std::uint64_t bytes);

/// The phase with limits of its own, beyond which drawn rows stand for the tables.
artefact::PhaseResult judge_readiness(Context& context, const StreamLimits& limits);

}  // namespace dlwork::phase
