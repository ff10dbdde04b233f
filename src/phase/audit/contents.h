#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::audit {

/// Samples whose inputs are equal, value for value (missing equals missing, -0 equals 0); targets
/// do not count.
struct Contents {
  /// Groups of two rows or more, each ascending, in the order of their first rows.
  std::vector<std::vector<std::int64_t>> equal;
};

/// Sorts 64-bit hashes and confirms equal hashes value by value, so no hash collision is reported.
Contents compare_contents(const data::Samples& samples);

}  // namespace dlwork::phase::audit
