#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dlwork/base/stats.h"

namespace dlwork::phase {

/// An error measured on networks trained with so many samples, and its standard error.
struct CurvePoint {
  double samples = 0;
  double error = 0;
  double deviation = 0;
};

/// error = scale * samples^-rate + floor. Without a floor it is a straight line of logarithms.
struct PowerLaw {
  double scale = 0, rate = 0, floor = 0;
  double at(double samples) const;
  /// Samples at which the error falls to `error`; nullopt where it never does.
  std::optional<double> reaches(double error) const;
};
/// Sum of squares over the points, each over its deviation.
double residual_of(const PowerLaw& law, const std::vector<CurvePoint>& points);

/// Weighted least squares of the errors (weights 1 / deviation^2) with 0 <= floor and
/// 0 < rate <= 2: for each rate scale and floor are linear, and the rate is searched (variable
/// projection, Golub and Pereyra 1973). Needs 3 points.
PowerLaw fit_with_floor(const std::vector<CurvePoint>& points);
/// Weighted least squares of ln error on ln samples, weights (error / deviation)^2. Needs 2 points
/// with an error above 0.
PowerLaw fit_without_floor(const std::vector<CurvePoint>& points);

/// Between the optimistic form, without a floor, and the pessimistic one lies what to expect: on
/// Fashion-MNIST the two together held the truth at 7 to 240 times the samples, each alone missed
/// it.
struct CurveProjection {
  PowerLaw with_floor, without_floor;
  Interval rate;             ///< 95 %, of the form without a floor
  double low = 0, high = 0;  ///< expected error at `samples`, both forms and their intervals
  /// Samples to reach the error asked for: by the fits themselves (the larger of both forms'; of
  /// one where the other never does), and the ends of what both forms' draws say.
  std::optional<double> expected, fewest, most;
};
/// Parametric bootstrap (200 draws of normal errors, seeded) of both forms.
CurveProjection project_curve(const std::vector<CurvePoint>& points, double samples,
                              std::optional<double> wanted_error, std::uint64_t seed);

}  // namespace dlwork::phase
