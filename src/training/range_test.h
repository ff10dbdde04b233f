#pragma once

#include <vector>

#include "dlwork/training/learner.h"

namespace dlwork::training {

/// What a curve says: the rate of its lowest smoothed loss, and a tenth of that, where the loss
/// fell by at least a twentieth before it rose; nothing otherwise.
RangeTest choose_rate(std::vector<RatePoint> points);

}  // namespace dlwork::training
