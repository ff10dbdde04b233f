#pragma once

#include <functional>
#include <vector>

#include "dlwork/base/rng.h"
#include "dlwork/training/learner.h"

namespace dlwork::training {

/// What a curve says: the rate of its lowest smoothed loss, and a tenth of that, where the loss
/// fell by at least a twentieth before it rose; nothing otherwise.
RangeTest choose_rate(std::vector<RatePoint> points);

/// One step of the test, on a batch of training rows.
struct RateStep {
  const std::int64_t* rows;
  std::int64_t count;
  double rate;
  std::uint64_t number;
};
/// How the rows as they lay before are laid out anew to be cut into batches.
using RowOrder = std::function<std::vector<std::int64_t>(std::vector<std::int64_t> rows, Rng& rng)>;
std::vector<std::int64_t> shuffled(std::vector<std::int64_t> rows, Rng& rng);
/// The losses while the rate grows from step to step, on batches of the training rows, over and
/// over. `step` takes the step and gives the loss of before it; one that is not finite ends the
/// test, as does one far above the lowest. Throws Error(kInterrupted).
std::vector<RatePoint> rate_points(const FitOptions& options, std::int64_t batch_size,
                                   const RowOrder& order,
                                   const std::function<double(const RateStep&)>& step,
                                   RunContext& run);

}  // namespace dlwork::training
