#include "report/scale.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "dlwork/base/text.h"

namespace dlwork::report {
namespace {

/// Heckbert 1990: the round number nearest above or at `value`, which is positive.
double nice_step(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  const double share = value / power;
  constexpr double kSlack = 1e-9;
  if (share <= 1 + kSlack) return power;
  if (share <= 2 + kSlack) return 2 * power;
  if (share <= 5 + kSlack) return 5 * power;
  return 10 * power;
}

std::string tick_text(double value, double step) {
  const double size = std::fabs(value);
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  if (size >= 1e6 || decimals > 4) {
    // As many digits as tell neighbouring ticks apart.
    const double steps = std::max(1.0, size / step);
    return pretty_number(value, std::min(15, 1 + static_cast<int>(std::ceil(std::log10(steps)))));
  }
  if (decimals == 0) return grouped(std::llround(value));
  std::array<char, 64> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::fixed, decimals);
  return std::string(buffer.data(), written.ptr);
}

/// How many multiples of `step` lie in the range.
double count_of(const Range& range, double step, double slack) {
  return std::floor((range.high + slack) / step) - std::ceil((range.low - slack) / step) + 1;
}

std::vector<Tick> linear_ticks(const Range& range, int most, Values values) {
  // The finest nice step that gives at most `most` ticks.
  double step = nice_step((range.high - range.low) / (2 * most));
  if (values == Values::kWhole) step = std::max(1.0, step);
  while (count_of(range, step, step * 1e-6) > most) step = nice_step(step * 1.5);
  std::vector<Tick> all;
  const double slack = step * 1e-6;
  const double first = std::ceil((range.low - slack) / step);
  // Multiples of the step rather than sums, so that no rounding errors add up.
  for (double i = 0; i <= most; ++i) {
    double value = (first + i) * step;
    if (value > range.high + slack) break;
    if (std::fabs(value) < slack) value = 0;
    all.push_back({value, tick_text(value, step)});
  }
  return all;
}

std::vector<Tick> log_ticks(const Range& range, int most) {
  const double decades = std::log10(range.high) - std::log10(range.low);
  const double step = std::max(1.0, std::ceil(decades / std::max(1, most - 1)));
  const std::vector<double> factors =
      decades < 2 ? std::vector<double>{1, 2, 5} : std::vector<double>{1};
  std::vector<Tick> all;
  const double first = std::floor(std::log10(range.low));
  for (double power = first; power <= std::log10(range.high); power += step) {
    for (const double factor : factors) {
      const double value = factor * std::pow(10.0, power);
      if (value < range.low * (1 - 1e-9) || value > range.high * (1 + 1e-9)) continue;
      all.push_back({value, pretty_number(value, 6)});
    }
  }
  return all;
}

}  // namespace

void Range::add(double value) {
  if (std::isnan(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

Scale::Scale(Range range, Axis axis, double margin) : range_(range), axis_(axis) {
  const bool logarithmic = axis == Axis::kLogarithmic;
  if (range_.is_empty()) range_ = logarithmic ? Range{1, 10} : Range{0, 1};
  if (logarithmic) {
    if (range_.low == range_.high) range_ = {range_.low / 2, range_.high * 2};
    const double room = std::pow(range_.high / range_.low, margin);
    range_ = {range_.low / room, range_.high * room};
    return;
  }
  // Values that differ only by rounding count as one: their ticks would all read the same.
  const double size = std::max(std::fabs(range_.low), std::fabs(range_.high));
  if (range_.high - range_.low <= size * 1e-9) {
    const double room = size > 0 ? size * 0.1 : 0.5;
    range_ = {range_.low - room, range_.high + room};
    return;
  }
  const double room = (range_.high - range_.low) * margin;
  range_ = {range_.low - room, range_.high + room};
}

double Scale::place(double value) const {
  if (axis_ == Axis::kLogarithmic) {
    return std::log(value / range_.low) / std::log(range_.high / range_.low);
  }
  return (value - range_.low) / (range_.high - range_.low);
}

std::vector<Tick> ticks(const Scale& scale, int most, Values values) {
  return scale.axis() == Axis::kLogarithmic ? log_ticks(scale.range(), most)
                                            : linear_ticks(scale.range(), most, values);
}

}  // namespace dlwork::report
