#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace dlwork::phase::audit {

/// Augmented Dickey-Fuller test with a constant (Said and Dickey 1984): the null hypothesis is a
/// unit root. Lags by Akaike's criterion up to 12 (n / 100)^(1/4) (Schwert 1989).
struct DickeyFuller {
  double statistic = 0;
  std::int64_t lags = 0;
  double critical = 0;  ///< at 5 % (MacKinnon 2010)
  /// Whether the unit root is rejected.
  bool rejects() const { return statistic < critical; }
};
/// Of at least 20 values that are not all equal.
DickeyFuller dickey_fuller(const std::vector<double>& values);

/// Test of Kwiatkowski, Phillips, Schmidt and Shin (1992) for a constant level, which is the null
/// hypothesis. Bartlett weights, lags after Hobijn, Franses and Ooms (1998).
struct LevelTest {
  static constexpr double kCritical = 0.463;  ///< at 5 %
  double statistic = 0;
  std::int64_t lags = 0;
  bool rejects() const { return statistic > kCritical; }
};
/// Of at least 20 values that are not all equal.
LevelTest level_test(const std::vector<double>& values);

/// Autocorrelation at lags 0 to `most`, each sum divided by its own number of products.
std::vector<double> autocorrelation(const std::vector<double>& values, std::int64_t most);

/// The first lag from 2 on at which the autocorrelation has a peak of at least `least` after it
/// fell by a fifth below that; 0: none up to a third of the length.
std::int64_t season_of(const std::vector<double>& values, double least);

/// What seasons several series have.
struct Seasons {
  std::int64_t asked = 0, seasonal = 0;
  std::map<std::int64_t, std::int64_t> counts;  ///< how many series have each
  void add(std::int64_t season);                ///< 0: none
  /// The most frequent one, of equals the shortest, where more than half of the series have one;
  /// else 0.
  std::int64_t usual() const;
};

/// Places at which the mean level changes for good, ascending: binary segmentation by the largest
/// cumulated sum of deviations (Scott and Knott 1974), as long as it explains more than the penalty
/// of 3 log n deviations squared. The deviation is found from the differences, by their median
/// absolute value; the penalty grows with the values' lag-1 autocorrelation r by (1 + r) / (1 - r).
/// A piece has at least `least` values.
std::vector<std::int64_t> level_changes(const std::vector<double>& values, std::int64_t least);

}  // namespace dlwork::phase::audit
