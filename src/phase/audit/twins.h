#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::audit {

/// The two pictures most like one, by the correlation of their pixels; equal ones do not count.
struct Twin {
  std::int64_t first = -1, second = -1;  ///< -1: none found
  float correlation = 0, next_correlation = 0;
  /// Distance of the nearest to that of the second nearest: small where one alone is near.
  double ratio() const;
};

/// Likeliest twin of each picture by hashing with random hyperplanes (Charikar 2002) of small,
/// centred pictures, candidates compared by correlation of 32 x 32 cells. Two pictures of
/// correlation 0.98 meet with a chance of about 0.998, of 0.9 with 0.6. O(n) in the number of
/// pictures; buckets are searched in windows, so many like pictures cannot make it quadratic.
std::vector<Twin> find_twins(const data::Pictures& pictures, std::uint64_t seed, int threads);

}  // namespace dlwork::phase::audit
