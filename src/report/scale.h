#pragma once

#include <limits>
#include <string>
#include <vector>

namespace dlwork::report {

/// The values an axis spans. NaN is left out.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value);
  bool is_empty() const { return low > high; }
};

enum class Axis { kLinear, kLogarithmic };

/// From values to [0, 1]. An empty range becomes [0, 1], a single value gets room on both sides.
class Scale {
 public:
  /// `margin` is the share of the range left free at each end.
  Scale(Range range, Axis axis, double margin = 0);
  double place(double value) const;
  const Range& range() const { return range_; }
  Axis axis() const { return axis_; }

 private:
  Range range_;
  Axis axis_;
};

struct Tick {
  double value;
  std::string text;
};
enum class Values { kReal, kWhole };

/// At most `most` round values within the scale: multiples of 1, 2 or 5 times a power of ten
/// (Heckbert 1990, "Nice numbers for graph labels"), whole ones where the values are; on a
/// logarithmic axis powers of ten, or 1, 2 and 5 times them over less than two decades.
std::vector<Tick> ticks(const Scale& scale, int most, Values values = Values::kReal);

}  // namespace dlwork::report
