#pragma once

#include "dlwork/data/dataset.h"

namespace dlwork::data {

/// Throws Error(kUsage) at the column of type weight where the samples have one: no loss, metric or
/// statistic takes sample weights into account, and leaving them out in silence would give figures
/// that are not the ones asked for.
void refuse_weights(const spec::Project& project, const Samples& samples);

}  // namespace dlwork::data
