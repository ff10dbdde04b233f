#pragma once

#include <cstdint>
#include <vector>

namespace dlwork {

/// Ranks from 1, ties get their mean rank (scipy.stats.rankdata).
std::vector<double> ranks(const std::vector<double>& values);

/// Pearson's correlation of two lists of one length; 0 where either has no spread.
double pearson(const std::vector<double>& a, const std::vector<double>& b);
/// Pearson's correlation of the ranks.
double spearman(const std::vector<double>& a, const std::vector<double>& b);

/// Area under the receiver operating curve of `scores` for `positive` (Mann and Whitney 1947; ties
/// count half). NaN where one of the classes is absent.
double area_under_curve(const std::vector<double>& scores, const std::vector<bool>& positive);

/// Third standardised central moment and fourth less 3, both with n in the denominator; 0 where
/// there is no spread.
struct Shape {
  double skewness = 0;
  double excess_kurtosis = 0;
};
Shape shape_of(const std::vector<double>& values);

/// Runs of equal codes against what a random order gives (Mood 1940; Wald and Wolfowitz 1940 for
/// two classes), as a normal deviate: strongly negative where equal codes stand together. Codes lie
/// in [0, classes).
double runs_z(const std::vector<std::int32_t>& codes, std::size_t classes);

}  // namespace dlwork
