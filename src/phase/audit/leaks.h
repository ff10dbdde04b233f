#pragma once

#include <string>
#include <vector>

#include "phase/audit/check.h"

/// Columns of the table, or figures of the channels of series, that tell the target alone.
namespace dlwork::phase::audit {

/// What one of them tells (target_skill.h).
struct Scored {
  Subject about;
  std::string label;  ///< in the table
  double skill = 0;
};

/// The table of the highest scores.
struct SkillTable {
  const char *id, *title, *header;
};

/// Shows the highest scores, and tells those that are certain, as gravely as `certain`, or that
/// stand alone, as a warning. `samples`: how many the scores are from.
void report_single_features(Audit& audit, std::vector<Scored> scored, const SkillTable& table,
                            artefact::Severity certain, std::size_t samples);

/// Whether there is one value for each class and one class for each value. `values`: of `rows`, in
/// their order; a missing one is no copy.
bool copies_classes(const data::Target& target, const std::vector<double>& values,
                    const Rows& rows);
void report_target_copy(Audit& audit, const Subject& subject);

}  // namespace dlwork::phase::audit
