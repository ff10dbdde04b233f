#include "data/datetime.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "dlwork/base/text.h"

namespace dlwork::data {
namespace {

constexpr double kSecondsADay = 86400;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kMonths{"january", "february", "march",     "april",   "may",      "june",
                             "july",    "august",   "september", "october", "november", "december"};

/// Takes a text apart from its start.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}
  bool done() const { return left_.empty(); }
  char peek() const { return left_.empty() ? '\0' : left_.front(); }
  bool take(char letter) {
    if (peek() != letter) return false;
    left_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (take(' ')) {
    }
  }
  /// Digits, at most `most`; how many goes to `digits`, 0 when there are none or more.
  int number(std::size_t most, std::size_t& digits) {
    int value = 0;
    digits = 0;
    while (digits < left_.size() && is_digit(left_[digits])) {
      if (digits == most) {
        digits = 0;
        return 0;
      }
      value = value * 10 + (left_[digits++] - '0');
    }
    left_.remove_prefix(digits);
    return value;
  }
  std::string word() {
    std::size_t size = 0;
    while (size < left_.size() && is_letter(left_[size])) ++size;
    const std::string word = lower(left_.substr(0, size));
    left_.remove_prefix(size);
    return word;
  }
  bool at_digit() const { return is_digit(peek()); }
  bool at_letter() const { return is_letter(peek()); }

 private:
  static bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
  static bool is_letter(char letter) { return (letter | 0x20) >= 'a' && (letter | 0x20) <= 'z'; }
  std::string_view left_;
};

struct Date {
  int year = 0, month = 1, day = 1;
};

/// Seconds at the start of a day, or NaN for a day that is none.
double seconds_of(const Date& date) {
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return kNone;
  const std::chrono::year_month_day day(std::chrono::year(date.year),
                                        std::chrono::month(static_cast<unsigned>(date.month)),
                                        std::chrono::day(static_cast<unsigned>(date.day)));
  if (!day.ok()) return kNone;
  return kSecondsADay * std::chrono::sys_days(day).time_since_epoch().count();
}

int month_of(const std::string& word) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    const std::string_view name = kMonths[i];
    const bool is_short = word == name.substr(0, 3) || (word == "sept" && i == 8);
    if (word == name || is_short) return static_cast<int>(i) + 1;
  }
  return 0;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : scan_(text) {}

  std::optional<Moment> parse() {
    const bool is_date = scan_.at_letter() ? month_first_by_name() : by_numbers();
    if (!is_date || (std::isnan(moment_.day_first) && std::isnan(moment_.month_first))) {
      return std::nullopt;
    }
    if (!scan_.done() && !time()) return std::nullopt;
    return moment_;
  }

 private:
  /// March 4, 2021
  bool month_first_by_name() {
    Date date;
    date.month = month_of(scan_.word());
    scan_.take('.');
    scan_.skip_blanks();
    if (date.month == 0 || !day(date)) return false;
    scan_.take(',');
    scan_.skip_blanks();
    return year(date) && finish(date);
  }

  bool by_numbers() {
    std::size_t digits = 0;
    const int first = scan_.number(4, digits);
    if (digits == 4) return year_first(first);
    if (digits < 1 || digits > 2) return false;
    const char separator = scan_.peek();
    if (separator != '/' && separator != '.' && separator != '-' && separator != ' ') return false;
    scan_.take(separator);
    scan_.skip_blanks();
    Date date;
    date.day = first;
    if (scan_.at_letter()) {  // 4-Mar-2021
      date.month = month_of(scan_.word());
      scan_.take('.');
      scan_.take(separator);
      scan_.skip_blanks();
      return date.month > 0 && year(date) && finish(date);
    }
    date.month = scan_.number(2, digits);
    if (digits == 0 || separator == ' ' || !scan_.take(separator) || !year(date)) return false;
    return order(date, separator);
  }

  /// Day and month as numbers before the year: a full stop says that the day comes first.
  bool order(const Date& date, char separator) {
    moment_.day_first = seconds_of(date);
    moment_.month_first =
        separator == '.' ? moment_.day_first : seconds_of({date.year, date.day, date.month});
    return true;
  }

  /// 2021-03-04, 2021-03, 2021-063
  bool year_first(int year) {
    const char separator = scan_.peek();
    if (separator != '-' && separator != '/' && separator != '.') return false;
    scan_.take(separator);
    std::size_t digits = 0;
    Date date{year, scan_.number(3, digits), 1};
    if (digits == 3) {  // day of the year
      if (separator != '-' || date.month < 1 || date.month > 366) return false;
      const double start = seconds_of({year, 1, 1});
      const double next = seconds_of({year + 1, 1, 1});
      moment_.day_first = moment_.month_first = start + kSecondsADay * (date.month - 1);
      return moment_.day_first < next;
    }
    if (digits == 0) return false;
    if (!scan_.take(separator))
      return separator != '.' && digits == 2 && scan_.done() && finish(date);
    return day(date) && finish(date);
  }

  bool day(Date& date) {
    std::size_t digits = 0;
    date.day = scan_.number(2, digits);
    return digits > 0;
  }
  bool year(Date& date) {
    std::size_t digits = 0;
    date.year = scan_.number(4, digits);
    return digits == 4;
  }
  bool finish(const Date& date) {
    moment_.day_first = moment_.month_first = seconds_of(date);
    return true;
  }

  /// [T ]HH:MM[:SS[.fraction]] [am|pm] [zone]
  bool time() {
    if (!scan_.take('T') && !scan_.take('t')) {
      scan_.take(',');
      if (scan_.peek() != ' ') return false;
      scan_.skip_blanks();
    }
    std::size_t digits = 0;
    int hour = scan_.number(2, digits);
    if (digits == 0 || !scan_.take(':')) return false;
    const int minute = scan_.number(2, digits);
    if (digits != 2 || minute > 59) return false;
    double second = 0;
    if (scan_.take(':')) {
      second = scan_.number(2, digits);
      if (digits != 2 || second > 60) return false;  // 60 is a leap second
      if ((scan_.take('.') || scan_.take(',')) && !fraction(second)) return false;
    }
    scan_.skip_blanks();
    double zone = 0;
    if (!half_of_day(hour) || !this->zone(zone) || !scan_.done()) return false;
    const bool end_of_day = hour == 24 && minute == 0 && second == 0;
    if (hour > 23 && !end_of_day) return false;
    const double shift = 3600.0 * hour + 60.0 * minute + second - zone;
    moment_.day_first += shift;
    moment_.month_first += shift;
    return true;
  }

  bool fraction(double& second) {
    if (!scan_.at_digit()) return false;
    for (double unit = 0.1; scan_.at_digit(); unit /= 10) {
      second += unit * (scan_.peek() - '0');
      scan_.take(scan_.peek());
    }
    return true;
  }

  bool half_of_day(int& hour) {
    if ((scan_.peek() | 0x20) != 'a' && (scan_.peek() | 0x20) != 'p') return true;
    const std::string word = scan_.word();
    if ((word != "am" && word != "pm") || hour < 1 || hour > 12) return false;
    hour = hour % 12 + (word == "pm" ? 12 : 0);
    scan_.skip_blanks();
    return true;
  }

  bool zone(double& seconds) {
    if (scan_.done()) return true;
    if (scan_.at_letter()) {
      const std::string word = scan_.word();
      return word == "z" || word == "utc" || word == "gmt";
    }
    const double sign = scan_.peek() == '-' ? -1 : 1;
    if (!scan_.take('+') && !scan_.take('-')) return false;
    std::size_t digits = 0;
    int hours = scan_.number(4, digits), minutes = 0;
    if (digits == 4) {
      minutes = hours % 100;
      hours /= 100;
    } else if (digits != 2) {
      return false;
    } else if (scan_.take(':')) {
      minutes = scan_.number(2, digits);
      if (digits != 2) return false;
    }
    seconds = sign * (3600.0 * hours + 60.0 * minutes);
    return hours <= 18 && minutes <= 59;
  }

  Scanner scan_;
  Moment moment_;
};

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  // No date is longer; long texts need no look.
  constexpr std::size_t kLongest = 64;
  if (text.size() < 6 || text.size() > kLongest) return std::nullopt;
  return Parser(text).parse();
}

std::optional<double> moment_of_number(double value) {
  constexpr double kFewestSeconds = 1e8, kFewestMilliseconds = 1e11, kMostMilliseconds = 1e14;
  if (!std::isfinite(value)) return std::nullopt;
  const double size = std::abs(value);
  if (size >= kMostMilliseconds) return std::nullopt;
  if (size >= kFewestMilliseconds) return value / 1000;
  if (size >= kFewestSeconds) return value;
  if (value != std::floor(value) || value < 0) return std::nullopt;
  const int whole = static_cast<int>(value);
  const double seconds = value < 10000
                             ? seconds_of({whole, 1, 1})
                             : seconds_of({whole / 10000, whole / 100 % 100, whole % 100});
  const bool is_date = (value >= 1000 && value < 10000) || value >= 1e7;
  if (!is_date || std::isnan(seconds)) return std::nullopt;
  return seconds;
}

Cycles cycles_of(double seconds) {
  const double day = std::floor(seconds / kSecondsADay);
  // Years outside what the calendar types hold are no data of anyone; they repeat.
  const double bounded = std::fmod(day, 1e7);
  const std::chrono::sys_days date{std::chrono::days{static_cast<int>(bounded)}};
  const std::chrono::year_month_day parts(date);
  const auto start = std::chrono::sys_days(parts.year() / std::chrono::January / 1);
  const auto length =
      std::chrono::sys_days((parts.year() + std::chrono::years(1)) / std::chrono::January / 1) -
      start;
  Cycles cycles;
  cycles.day = seconds / kSecondsADay - day;
  cycles.week = (std::chrono::weekday(date).iso_encoding() - 1 + cycles.day) / 7;
  cycles.year = (static_cast<double>((date - start).count()) + cycles.day) /
                static_cast<double>(length.count());
  return cycles;
}

std::string moment_text(double seconds) {
  if (!std::isfinite(seconds)) return "none";
  const double day = std::floor(seconds / kSecondsADay);
  const std::chrono::year_month_day date(
      std::chrono::sys_days{std::chrono::days{static_cast<int>(std::fmod(day, 1e7))}});
  const auto rest = static_cast<int>(seconds - day * kSecondsADay);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  std::string result(text, static_cast<std::size_t>(size));
  if (rest == 0) return result;
  std::snprintf(text, sizeof text, " %02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60);
  return result + text;
}

}  // namespace dlwork::data
