#pragma once

#include <string>
#include <vector>

#include "phase/audit/sample.h"

namespace dlwork::phase::audit {

/// Columns of the data files that are neither inputs nor the target, in the order of the samples:
/// people's labels, identifiers, groups, times. Reads the files again, with the limits that the
/// samples were read with; throws as `load_dataset` does.
data::Table read_columns(Context& context, const std::vector<std::string>& names,
                         const StreamLimits& limits = {});

/// Columns of the files that the samples do not have, by name; none for pictures.
std::vector<std::string> unused_columns(Context& context);

}  // namespace dlwork::phase::audit
