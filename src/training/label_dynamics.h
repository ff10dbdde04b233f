#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/dataset.h"
#include "dlwork/training/learner.h"

namespace dlwork::training {

/// Takes an epoch into the means. `seen`: shares of the classes, a row for each of `order`, which
/// holds `train_rows` in another order.
void add_epoch(LabelDynamics& dynamics, const Outputs& seen, const std::vector<std::int64_t>& order,
               const data::Target& target, const std::vector<std::int64_t>& train_rows);

}  // namespace dlwork::training
