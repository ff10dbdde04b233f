#pragma once

#include "dlwork/artefact/result.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"

namespace dlwork::task {

/// What the audit can tell of texts to be written: how many, how long, and in which units; units
/// that the training part lacks or hardly has; texts that no path through their series can give.
void check_transcripts(const spec::Project& project, const data::Dataset& dataset,
                       artefact::PhaseResult& result);

}  // namespace dlwork::task
