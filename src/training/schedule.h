#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/spec/project.h"
#include "dlwork/training/learner.h"

namespace dlwork::training {

struct Rates {
  double learning_rate;
  double momentum;
};

/// Where a run stands.
struct Place {
  std::int64_t step = 0;   ///< from 0
  std::int64_t steps = 1;  ///< of the whole run
  std::int64_t steps_an_epoch = 1;
  std::int64_t plateaus = 0;  ///< met so far; plateau alone
};

/// Learning rate and momentum of a step, for a schedule by name:
///   one-cycle: Smith (2018, 1803.09820): from max / 25 up to max over the first 30 %, then down to
///     max / 25e4 by half cosines; momentum the other way, from the given one down to 0.85 and back
///   cosine: Loshchilov and Hutter (2017, 1608.03983), eq. 5 without restarts, down to 0
///   step: times rate_decay.factor every rate_decay.every epochs
///   plateau: times rate_decay.factor at every plateau
///   constant
/// All but one-cycle grow evenly from rate / n to the rate over the n steps of `warmup` first
/// (Goyal et al. 2017, 1706.02677, section 2.2). With averaging swa the rate stays what it was when
/// averaging began (Izmailov et al. 2018, 1803.05407, section 3.2).
/// Throws Error(kUsage) with the known names.
Rates rates_at(const spec::Training& training, const Place& place);

/// Plateaus in the losses of the epochs so far: after more than `patience` epochs in a row without
/// a loss 0.01 % below the best, as PyTorch's ReduceLROnPlateau. Losses are the validation part's,
/// or without one the training part's.
enum class LossOf { kTraining, kValidation };
std::int64_t plateaus_in(const std::vector<EpochRecord>& history, std::int64_t patience,
                         LossOf part);

/// The first step of which weights are averaged, for averaging swa.
std::int64_t averaging_start(const spec::Training& training, std::int64_t steps);

}  // namespace dlwork::training
