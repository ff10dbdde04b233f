#pragma once

#include <cstdint>
#include <string>

namespace dlwork::training {

struct Rates {
  double learning_rate;
  double momentum;
};

/// Learning rate and momentum of step `step` (from 0) of `steps`, for a schedule by name:
///   one-cycle: Smith (2018, 1803.09820): from max / 25 up to max over the first 30 %, then down to
///     max / 25e4 by half cosines; momentum the other way, from the given one down to 0.85 and back
///   cosine: Loshchilov and Hutter (2017, 1608.03983), eq. 5 without restarts, down to 0
///   constant
/// Throws Error(kUsage) with the known names.
Rates rates_at(const std::string& schedule, double learning_rate, double momentum,
               std::int64_t step, std::int64_t steps);

}  // namespace dlwork::training
