#pragma once

#include <cstdint>

namespace dlwork::data {

/// What standardising needs to know of a column or channel.
struct Moments {
  double mean = 0;
  double deviation = 1;  ///< floored at 1 % of the range, see RunningMoments
  bool constant = true;
};

/// Mean and deviation (n in the denominator) of finite values, one after the other (Welford 1962).
class RunningMoments {
 public:
  void add(double value);
  std::int64_t count() const { return count_; }
  /// The deviation is at least 1 % of the range: a smaller one is rare outliers over a
  /// near-constant column, and dividing by it would blow them up.
  Moments moments() const;

 private:
  std::int64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
  double low_ = 0, high_ = 0;
};

/// A prepared value as float; never infinite.
float clamped(double value);

}  // namespace dlwork::data
