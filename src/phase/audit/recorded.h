#pragma once

#include "dlwork/artefact/result.h"
#include "dlwork/artefact/workspace.h"
#include "dlwork/data/file_facts.h"
#include "phase/audit/facts.h"

namespace dlwork::phase::audit {

/// What an audit leaves of the training part, for judging data that come later.
struct Recorded {
  /// {"schema": "dlwork/profile/2", ...}: of each column (figures of each sample where they are no
  /// table) its type, missing share, quantiles, counts between deciles or of categories; the shape
  /// of pictures and series; class counts; the words of texts.
  Json profile;
  data::Table rows;  ///< of some training samples, drawn with the seed; may have none
};
inline constexpr std::int64_t kMostRecordedRows = 5000;

/// Of pictures and series: {"channels": 3, "height": 28, "width": 28}, {"channels": 2}.
Json shape_of(const data::Samples& samples);

/// Writes profile.json and profile-rows.json into the run folder.
void record_profile(Context& context, const data::FileFacts& files, Facts& facts,
                    artefact::PhaseResult& result);

/// What the newest audit of the workspace recorded. Throws Error(kUsage) where none has,
/// Error(kInput) where it is of another version.
Recorded read_recorded(const artefact::Workspace& workspace);

}  // namespace dlwork::phase::audit
