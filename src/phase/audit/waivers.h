#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/spec/project.h"

namespace dlwork::phase::audit {

/// Marks the findings that the project accepts. A waiver whose end date lies before `today`
/// (YYYY-MM-DD) no longer holds and its finding says so; a waiver of an unknown finding, or of one
/// that another phase makes, is a finding itself. A check that could not run cannot be waived.
void apply_waivers(const std::vector<spec::Waiver>& waivers, const std::string& project_file,
                   const std::string& today, std::vector<artefact::Finding>& findings);

}  // namespace dlwork::phase::audit
