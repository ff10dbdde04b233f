#pragma once

#include <cstdint>
#include <vector>

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

/// error = scale * n^-exponent + floor, fitted to a learning curve.
struct PowerLaw {
  double scale = 0;
  double exponent = 0;
  double floor = 0;
  double at(double count) const;
  /// Samples at which the error reaches `target`; infinity where it never does.
  double count_for(double target) const;
};
/// Straight line through (ln n, ln error) weighted by `weights` (Hestness et al. 2017); floor 0.
/// Needs two points of positive error.
PowerLaw fit_power_law(const std::vector<double>& counts, const std::vector<double>& errors,
                       const std::vector<double>& weights);
/// The same with a floor: least squares over exponent in (0, 2] and floor in [0, least error) by a
/// grid that is refined, scale in closed form. Needs three points.
PowerLaw fit_power_law_with_floor(const std::vector<double>& counts,
                                  const std::vector<double>& errors,
                                  const std::vector<double>& weights);

}  // namespace dlwork
