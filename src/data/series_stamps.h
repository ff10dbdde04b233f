#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dlwork/data/file_facts.h"

namespace dlwork::data {

/// One channel with a time for each value: seconds where the file gives dates, else its numbers.
struct StampedChannel {
  std::vector<double> times;  ///< rising
  std::vector<double> values;
  bool dates = false;  ///< a time of it was one
};

/// What is wrong with a text, and where.
struct StampFault {
  const char* at = nullptr;
  std::string message, hint;
};

/// Without blanks and tabs at its ends; points into `text`.
std::string_view trimmed(std::string_view text);

/// Channels stand apart by ':', which dates hold too, but then in parentheses.
std::vector<std::string_view> split_stamped(std::string_view text);

/// Where stamps do not rise or lie between two equal steps: a fault, or for the audit, which tells
/// of it, what `mend_stamps` and `lay_on_period` make of them.
enum class Stamps { kStrict, kMended };

/// Reads "(2007-01-01 00:00:00,1.5),(2007-01-02 00:00:00,?)" or "(0,1.5),(1,2)".
std::optional<StampFault> read_stamped(std::string_view text, Stamps stamps,
                                       StampedChannel& channel);

/// Sorts a channel by time and keeps the last of values with one stamp; tells what the stamps were
/// like before.
SeriesStamps mend_stamps(StampedChannel& channel);
/// Moves each stamp to the nearest multiple of the period, 0 being the first; the last of values
/// that meet there is kept.
void lay_on_period(double period, StampedChannel& channel);

/// Puts channels on equal steps of time, the smallest that lies between two neighbours: values
/// channel after channel, NaN where a channel has none. A fault where a time lies between two
/// steps, or where so few steps have a value that the memory would be in proportion to a number of
/// the file.
std::optional<StampFault> lay_on_steps(const std::vector<StampedChannel>& channels,
                                       std::int64_t& steps, std::vector<float>& values);

}  // namespace dlwork::data
