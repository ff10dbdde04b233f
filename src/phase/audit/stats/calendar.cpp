#include "phase/audit/stats/calendar.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>

#include "dlwork/base/text.h"
#include "phase/audit/stats/digit.h"

namespace dlwork::phase::audit {
namespace {

/// Three numbers with one separator between them; false for anything else.
bool read_three(std::string_view text, std::array<int, 3>& numbers, std::array<int, 3>& digits) {
  char separator = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    numbers[i] = 0;
    digits[i] = 0;
    while (at < text.size() && is_digit(text[at]) && digits[i] < 5) {
      numbers[i] = 10 * numbers[i] + (text[at++] - '0');
      ++digits[i];
    }
    if (digits[i] == 0 || i == 2) continue;
    if (at >= text.size()) return false;
    const char found = text[at++];
    if (found != '-' && found != '/' && found != '.') return false;
    if (separator != 0 && found != separator) return false;
    separator = found;
  }
  return at == text.size() && digits[0] > 0 && digits[1] > 0 && digits[2] > 0;
}

bool is_time(std::string_view text) {
  std::size_t colons = 0;
  for (const char c : text) {
    colons += c == ':' ? 1 : 0;
    if (!is_digit(c) && std::string_view(":.+-Z ").find(c) == std::string_view::npos) return false;
  }
  return colons > 0 && !text.empty() && is_digit(text.front());
}

std::chrono::year_month_day of(const Day& day) {
  return {std::chrono::year(day.year), std::chrono::month(static_cast<unsigned>(day.month)),
          std::chrono::day(static_cast<unsigned>(day.day))};
}

}  // namespace

std::int64_t Day::number() const {
  return std::chrono::sys_days(of(*this)).time_since_epoch().count();
}

std::optional<Day> parse_day(std::string_view text) {
  const auto end = text.find_first_of("T ");
  if (end != std::string_view::npos && !is_time(text.substr(end + 1))) return std::nullopt;
  std::array<int, 3> numbers{}, digits{};
  if (!read_three(text.substr(0, end), numbers, digits)) return std::nullopt;
  Day day;
  if (digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2) {
    day = {numbers[0], numbers[1], numbers[2], false};
  } else if (digits[2] == 4 && digits[0] <= 2 && digits[1] <= 2) {
    const bool month_first = numbers[1] > 12 && numbers[0] <= 12;
    day = month_first ? Day{numbers[2], numbers[0], numbers[1], false}
                      : Day{numbers[2], numbers[1], numbers[0], false};
  } else {
    return std::nullopt;
  }
  day.exists = of(day).ok();
  return day;
}

Day day_of(double seconds) {
  constexpr double kSeconds = 86400, kMostDays = 10'000'000;
  const auto days =
      static_cast<int>(std::clamp(std::floor(seconds / kSeconds), -kMostDays, kMostDays));
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())), true};
}

std::string day_text(const Day& day) {
  const auto padded = [](int number, std::size_t width) {
    const std::string digits = std::to_string(std::abs(number));
    return (number < 0 ? "-" : "") + std::string(width - std::min(width, digits.size()), '0') +
           digits;
  };
  return padded(day.year, 4) + "-" + padded(day.month, 2) + "-" + padded(day.day, 2);
}

}  // namespace dlwork::phase::audit
