#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlwork::data {

/// One series on its own: `values` is [steps, channels], time first; missing values are NaN.
struct LoneSeries {
  std::int64_t channels = 1;
  std::vector<float> values;
  std::int64_t steps() const { return static_cast<std::int64_t>(values.size()) / channels; }
};

/// Whether the text starts as a series does, with a number, a missing value or a bracket.
bool holds_series(std::string_view text);

/// Reads numbers that stand apart by blanks, commas or semicolons, as "1 2.5 ? 4" or "[1, 2.5]" (?,
/// nan, NA, null, None and nothing are missing), and of several channels a pair of brackets a step,
/// as "[[1, 2], [3, 4]]". Gives what is wrong with the text, "" where nothing is.
std::string parse_series(std::string_view text, LoneSeries& series);

/// The series in a file of its own: a table (CSV, JSON Lines, NPY, ...) whose rows are its steps
/// and whose columns are its channels, or a series file that holds one. Throws Error(kInput).
LoneSeries read_series_file(const std::string& path);
inline constexpr std::size_t kMostSeriesValues = std::size_t{1} << 28;

/// Puts the channels of `more` behind those of `series`. Gives what keeps them apart, or "".
std::string add_channels(const LoneSeries& more, LoneSeries& series);

}  // namespace dlwork::data
