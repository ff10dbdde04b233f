#pragma once

#include "phase/audit/check.h"
#include "phase/audit/stats/calendar.h"

namespace dlwork::phase::audit {

/// Whether a day is in the calendar, not before the earliest year believed and not in the future.
bool is_plausible(const Audit& audit, const Day& day);

}  // namespace dlwork::phase::audit
