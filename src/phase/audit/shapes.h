#pragma once

#include <string>
#include <vector>

#include "phase/audit/check.h"

/// How the values of a column of the table, or of a channel of series, are distributed.
namespace dlwork::phase::audit {

/// Tells skewness, heavy tails and many zeros of numbers that take many values.
void check_shape(Audit& audit, const Subject& subject, const Profile& profile);

/// How wide values spread.
struct Width {
  Subject of;
  double deviation = 0;  ///< standard deviation
};
/// Tells the widest and the narrowest where they are far from each other. `kind`: "column" or
/// "channel", as the subjects' evidence has it.
void report_scales(Audit& audit, const std::string& kind, const std::vector<Width>& widths);

}  // namespace dlwork::phase::audit
