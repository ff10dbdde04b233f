#pragma once

#include <string>

#include "dlwork/artefact/result.h"
#include "dlwork/phase/phase.h"
#include "phase/audit/facts.h"

namespace dlwork::phase::audit {

/// What the training part looks like, for judging data that come later: of each column its type,
/// missing share, quantiles or category counts; of pictures their size and the quantiles of their
/// properties; class counts. {"schema": "dlwork/profile/1", ...}
Json make_profile(Context& context, Facts& facts);

/// Compares new data with the profile that the newest audit left in this workspace. Reads neither
/// the project's data nor writes its state. Throws Error(kUsage) where there is no profile.
artefact::PhaseResult audit_against(Context& context, const std::string& path);

/// Distance of a recorded distribution, given by evenly spaced quantiles, to a list of values:
/// the largest difference of their distribution functions, exact to half the quantiles' spacing.
double distance_to_quantiles(const std::vector<double>& quantiles, std::vector<double> values);

}  // namespace dlwork::phase::audit
