#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/spec/project.h"

namespace dlwork::phase {

/// Marks the findings that the project accepts. A waiver whose end date lies before `today`
/// (YYYY-MM-DD) no longer holds and its finding says so. A check that could not run cannot be
/// waived, and what only informs needs no waiver. A second time changes nothing.
void apply_waivers(const std::vector<spec::Waiver>& waivers, const std::string& today,
                   std::vector<artefact::Finding>& findings);

/// A finding for each waiver of what no phase finds.
std::vector<artefact::Finding> check_waivers(const std::vector<spec::Waiver>& waivers,
                                             const std::string& project_file);

}  // namespace dlwork::phase
