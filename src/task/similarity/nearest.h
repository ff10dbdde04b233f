#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/dataset.h"
#include "dlwork/training/learner.h"

namespace dlwork::task {

/// What stands nearest to a row among others: places in the rows, -1 where there is none, and
/// Euclidean distances.
struct Nearest {
  std::int64_t any = -1, alike = -1, other = -1;  ///< of them all, of its class, of another
  double to_any = 0, to_alike = 0, to_other = 0;
  /// Of those that are as near as `any`, the share that is of its class.
  double alike_share = 0;
};
std::vector<Nearest> find_nearest(const training::Outputs& vectors, const data::Target& target,
                                  const std::vector<std::int64_t>& rows);

}  // namespace dlwork::task
