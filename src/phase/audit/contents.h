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

/// Pairs of rows of a table that are equal in all columns.
struct EqualPairs {
  double found = 0;
  /// How many chance brings where columns are coarse: of the pairs equal in all columns but one, as
  /// many again by q / (1 - q), q being the share of all pairs of rows that agree in that column.
  /// By the column that gives most, for one that hangs together with others gives too few.
  double by_chance = 0;
};
EqualPairs equal_pairs(const data::Table& table);

/// Sorts 64-bit hashes and confirms equal hashes value by value, so no hash collision is reported.
Contents compare_contents(const data::Samples& samples);

}  // namespace dlwork::phase::audit
