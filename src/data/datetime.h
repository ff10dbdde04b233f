#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dlwork::data {

/// Which of two numbers of a date such as 03/04/2021 is the day.
enum class DateOrder { kUnknown, kDayFirst, kMonthFirst };

/// One date or time as read: seconds since 1970-01-01T00:00:00, in UTC where the text names a zone,
/// else as written. The two differ where the order of day and month is not told; NaN is no date.
struct Moment {
  double day_first = 0;
  double month_first = 0;
};

/// Reads the forms of ISO 8601 that people write (2021-03-04, 2021-03, 2021-03-04T05:06:07.5Z,
/// 2021-03-04 05:06 +01:00, 2021-063) and common others (2021/03/04, 4.3.2021, 03/04/2021,
/// 4-Mar-2021, March 4, 2021, with a time of 24 or 12 hours behind them). Years have four digits.
/// Nullopt for all else, plain numbers included.
std::optional<Moment> parse_moment(std::string_view text);

/// The numbers that a column declared to hold dates may have: 20210304, 2021, seconds or
/// milliseconds since 1970.
std::optional<double> moment_of_number(double value);

/// Where a moment is in its year, its week (from Monday) and its day, each as a share in [0, 1).
struct Cycles {
  double year = 0, week = 0, day = 0;
};
Cycles cycles_of(double seconds);

/// "2021-03-04 05:06:07", without a time of 0.
std::string moment_text(double seconds);

}  // namespace dlwork::data
