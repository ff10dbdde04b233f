#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/spec/audit_thresholds.h"
#include "phase/audit/profile.h"

namespace dlwork::phase::audit {

/// A value at an end of a list of numbers that seems to stand for missing.
struct MissingCode {
  double value = 0;
  double next = 0;  ///< the nearest other value
  std::int64_t count = 0;
};

/// The least or greatest of a list of numbers, at which many pile up and which is no such code.
struct CensoredEnd {
  double value = 0;
  bool is_least = false;
  std::int64_t count = 0;
  double usual_count = 0;  ///< median count of the next values
};

/// What is odd about the least and the greatest of a list of numbers. A least value of 0 is not cut
/// off: amounts and counts end there.
struct OddEnds {
  std::vector<MissingCode> codes;
  std::vector<CensoredEnd> censored;
};
OddEnds odd_ends(const Profile& profile, const spec::AuditThresholds& limits);

}  // namespace dlwork::phase::audit
