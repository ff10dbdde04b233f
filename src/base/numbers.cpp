#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "dlwork/base/text.h"

namespace dlwork {
namespace {

std::string printed(const char* pattern, int precision, double value) {
  std::array<char, 400> buffer;  // the widest fixed double has 309 digits before the point
  const int size = std::snprintf(buffer.data(), buffer.size(), pattern, precision, value);
  return std::string(buffer.data(), static_cast<size_t>(size));
}

void drop_trailing_zeros(std::string& text) {
  if (text.find('.') == std::string::npos) return;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
}

// Splits "1.5GiB" into its number and the unit after it; nullopt without a number in front.
struct Measured {
  double value;
  std::string_view rest;
};
std::optional<Measured> leading_number(std::string_view text) {
  Measured measured{0, {}};
  const char* end = text.data() + text.size();
  const auto [stop, problem] =
      std::from_chars(text.data(), end, measured.value, std::chars_format::fixed);
  if (problem != std::errc() || !std::isfinite(measured.value)) return std::nullopt;
  if (std::signbit(measured.value)) return std::nullopt;
  measured.rest = text.substr(static_cast<size_t>(stop - text.data()));
  return measured;
}

struct Unit {
  std::string_view name;
  double factor;
};

const Unit* find_unit(const Unit* first, const Unit* last, std::string_view name) {
  for (; first != last; ++first) {
    if (first->name == name) return first;
  }
  return nullptr;
}

// std::from_chars knows no leading '+'; "+-1" must stay an error.
bool drop_plus(std::string_view& text) {
  if (text.empty() || text.front() != '+') return true;
  text.remove_prefix(1);
  return !text.empty() && text.front() != '-' && text.front() != '+';
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> buffer;
  constexpr double kWhole = 1e15;  // every whole number below is exact and reads better in full
  const bool whole = std::fabs(value) < kWhole && value == std::trunc(value);
  const auto result = whole ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                            std::chars_format::fixed)
                            : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), result.ptr);
}

std::string pretty_number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  const double size = std::fabs(value);
  if (size < 1e-4 || size >= 1e6) return printed("%.*g", digits, value);
  const int exponent = static_cast<int>(std::floor(std::log10(size)));
  std::string text = printed("%.*f", std::max(0, digits - 1 - exponent), value);
  drop_trailing_zeros(text);
  return text;
}

std::string percent(double share) { return pretty_number(100 * share, 3) + " %"; }

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const size_t first = value < 0 ? 1 : 0;
  for (size_t at = text.size(); at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string pretty_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "unknown";
  if (seconds < 0.0995) return printed("%.*f", 0, seconds * 1000) + " ms";
  if (seconds < 59.95) return printed("%.*f", 1, seconds) + " s";
  if (seconds > 1e15) return "for ever";
  const auto pair = [](std::int64_t big, const char* unit, std::int64_t small, const char* part) {
    std::string text = std::to_string(big) + unit;
    if (small > 0) text += " " + std::to_string(small) + part;
    return text;
  };
  const std::int64_t whole = std::llround(seconds);
  if (whole < 3600) return pair(whole / 60, " min", whole % 60, " s");
  const std::int64_t minutes = std::llround(seconds / 60);
  if (minutes < 24 * 60) return pair(minutes / 60, " h", minutes % 60, " min");
  const std::int64_t hours = std::llround(seconds / 3600);
  return pair(hours / 24, " d", hours % 24, " h");
}

std::string pretty_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array<const char*, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return printed("%.*f", 1, value) + " " + kUnits[unit];
}

std::optional<double> parse_number(std::string_view text) {
  if (!drop_plus(text) || text.empty()) return std::nullopt;
  // Letters other than an exponent ("inf", "nan", "0x10") are no decimal number.
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (stop != end) return std::nullopt;
  if (problem == std::errc::result_out_of_range) {
    // Too small ("1e-400") reads as zero; too large is no number that can be used.
    const size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && text[exponent + 1] == '-';
    if (!tiny) return std::nullopt;
    return text.front() == '-' ? -0.0 : 0.0;
  }
  if (problem != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (!drop_plus(text) || text.empty()) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_duration(std::string_view text) {
  static constexpr Unit kUnits[]{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}};
  if (text == "0") return 0.0;
  double seconds = 0;
  const Unit* first = std::begin(kUnits);
  while (!text.empty()) {
    const auto part = leading_number(text);
    if (!part) return std::nullopt;
    const size_t end = std::min(part->rest.find_first_of("0123456789."), part->rest.size());
    // Each unit at most once and from large to small, so "30min1h" is a slip and not 90 minutes.
    const Unit* unit = find_unit(first, std::end(kUnits), part->rest.substr(0, end));
    if (unit == nullptr) return std::nullopt;
    seconds += part->value * unit->factor;
    first = unit + 1;
    text = part->rest.substr(end);
    if (text.empty()) return seconds;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  static constexpr Unit kUnits[]{{"", 1},
                                 {"b", 1},
                                 {"kb", 1e3},
                                 {"mb", 1e6},
                                 {"gb", 1e9},
                                 {"tb", 1e12},
                                 {"kib", 1024.0},
                                 {"mib", 1048576.0},
                                 {"gib", 1073741824.0},
                                 {"tib", 1099511627776.0}};
  const auto part = leading_number(text);
  if (!part) return std::nullopt;
  const std::string name = lower(trim(part->rest));
  const Unit* unit = find_unit(std::begin(kUnits), std::end(kUnits), name);
  if (unit == nullptr) return std::nullopt;
  const double bytes = std::round(part->value * unit->factor);
  if (bytes >= 9.2e18) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace dlwork
