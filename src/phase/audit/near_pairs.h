#pragma once

#include <array>
#include <utility>
#include <vector>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// Two rows that are nearly one, the earlier part's first.
using NearPair = std::pair<std::int64_t, std::int64_t>;

/// Pairs by the later of their parts; within the training part first. Pairs within another part,
/// or with a row of none, are left out.
std::array<std::vector<NearPair>, 3> by_later_part(const Audit& audit,
                                                   const std::vector<NearPair>& pairs);
/// Places of the first few.
Json shown_pairs(const Audit& audit, const std::vector<NearPair>& pairs);
/// duplicate-near-... of the training part; null where there are none.
artefact::Finding* report_near_inside(Audit& audit, const char* id, const char* what,
                                      const std::vector<NearPair>& pairs);
/// split-overlap-near; null where there are none.
artefact::Finding* report_near_across(Audit& audit, data::Part part, const char* what,
                                      const std::vector<NearPair>& pairs);

}  // namespace dlwork::phase::audit
