#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dlwork::phase::audit {

/// A day as people write it.
struct Day {
  int year = 0, month = 0, day = 0;
  bool exists = false;  ///< in the Gregorian calendar; the 30th of February does not
  /// Days since 1970-01-01; only where it exists.
  std::int64_t number() const;
};
/// 2024-02-29, 2024/2/29, 29.2.2024, 29/02/2024 or 02/29/2024, with or without a time behind a
/// blank or T; nullopt for what has not this form. Where both numbers could be the month the first
/// is taken as the day.
std::optional<Day> parse_day(std::string_view text);

/// The day of a time in seconds since 1970-01-01, in the Gregorian calendar whenever it was.
Day day_of(double seconds);
/// "1066-10-14".
std::string day_text(const Day& day);

}  // namespace dlwork::phase::audit
