#pragma once

#include <cstdint>

#include "dlwork/base/stats.h"

namespace dlwork {

/// Smallest gain in accuracy of one model over another on the same `count` samples that a two-sided
/// McNemar test finds with the given power, where the two disagree on a share `disagreement`
/// (Connor 1987: n = (z_a sqrt(S) + z_b sqrt(S - D^2))^2 / D^2 solved for D). At most
/// `disagreement`; NaN for no samples.
double detectable_gain(double count, double disagreement, double significance = 0.05,
                       double power = 0.8);
/// Samples needed to find a gain: the same formula.
double samples_for_gain(double gain, double disagreement, double significance = 0.05,
                        double power = 0.8);
/// Samples for which half a Wilson interval of share `figure` is at most `half_width`.
double samples_for_half_width(double figure, double half_width, double confidence = 0.95);

}  // namespace dlwork
