#pragma once

#include <optional>

#include "dlwork/data/file_facts.h"
#include "dlwork/data/survey.h"
#include "dlwork/phase/phase.h"

namespace dlwork::phase::audit {

/// From which size on tables are gone through once, and rows drawn from them stand for the whole
/// where samples are compared.
struct StreamLimits {
  double megabytes = 50;       ///< of all sources; 0: never
  std::int64_t rows = 100000;  ///< drawn of each source
};

bool is_streamed(const spec::Project& project, const StreamLimits& limits);

/// The samples of `project`, whole or drawn; `survey` is filled where they were drawn, `files`
/// where they were not.
data::Dataset load_for_audit(const spec::Project& project, const StreamLimits& limits,
                             Context& context, std::optional<data::Survey>& survey,
                             data::FileFacts& files);

/// The phase with limits of its own.
artefact::PhaseResult audit_project(Context& context, const StreamLimits& limits);

}  // namespace dlwork::phase::audit
