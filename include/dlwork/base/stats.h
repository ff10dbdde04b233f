#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dlwork/base/rng.h"

namespace dlwork {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson score interval of a proportion (Wilson 1927), `confidence` two-sided.
Interval wilson(std::int64_t successes, std::int64_t count, double confidence = 0.95);

/// Percentile bootstrap (Efron 1979) of a statistic of row indices drawn with replacement from
/// [0, count). `statistic` gets one resample; non-finite values are left out.
Interval bootstrap(std::int64_t count,
                   const std::function<double(const std::vector<std::int64_t>&)>& statistic,
                   int resamples, Rng& rng, double confidence = 0.95);

double mean(const std::vector<double>& values);
/// Sample standard deviation (n - 1); 0 for fewer than two values.
double standard_deviation(const std::vector<double>& values);
/// Linear interpolation between order statistics (type 7, numpy's default); q in [0, 1].
double quantile(std::vector<double> values, double q);

/// Standard normal quantile and distribution function.
double normal_quantile(double p);
double normal_cdf(double z);
/// Upper tail of the chi-square distribution.
double chi_square_tail(double statistic, double degrees);

}  // namespace dlwork
