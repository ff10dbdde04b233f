#pragma once

#include <optional>

#include "dlwork/data/file_facts.h"
#include "phase/streamed.h"

namespace dlwork::phase::audit {

/// The samples of `project`, whole or drawn; `survey` is filled where they were drawn, `files`
/// where they were not.
data::Dataset load_for_audit(const spec::Project& project, const StreamLimits& limits,
                             Context& context, std::optional<data::Survey>& survey,
                             data::FileFacts& files);

/// The phase with limits of its own.
artefact::PhaseResult audit_project(Context& context, const StreamLimits& limits);

}  // namespace dlwork::phase::audit
