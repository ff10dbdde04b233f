#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dlwork {

/// The known name nearest to `name` (Damerau-Levenshtein distance at most 2, or a prefix), or "".
std::string nearest(std::string_view name, const std::vector<std::string>& known);

/// "a, b and c".
std::string join_words(const std::vector<std::string>& words);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string trim(std::string_view text);
std::string lower(std::string_view text);
/// A cell of a text with separators: in quotes where it holds one of them (RFC 4180), or where
/// readers that trim cells would take blanks off its ends.
std::string csv_cell(const std::string& cell, char separator = ',');

/// Shortest decimal text that reads back as the same double ("0.1", "1e-05", "nan"); whole numbers
/// below 1e15 are written in full ("100000").
std::string number_text(double value);
/// For people: `digits` significant digits, no exponent between 1e-4 and 1e6.
std::string pretty_number(double value, int digits = 4);
/// "1,234,567".
std::string grouped(std::int64_t value);
/// A share as "12.5 %".
std::string percent(double share);
/// "3.4 s", "12 min 5 s", "2 h 3 min".
std::string pretty_duration(double seconds);
/// "12.3 MiB".
std::string pretty_bytes(std::uint64_t bytes);

/// Strict decimal numbers: the whole text, no locale, no octal; nullopt otherwise.
std::optional<double> parse_number(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);
/// "90s", "30min", "2h", "1h30min", "250ms", "1d" -> seconds.
std::optional<double> parse_duration(std::string_view text);
/// "512MiB", "2GiB", "1.5GB", "100" -> bytes.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// Columns a terminal needs for UTF-8 text (combining marks 0, wide characters 2).
int display_width(std::string_view utf8);
/// True when the bytes are well-formed UTF-8.
bool is_utf8(std::string_view bytes);

}  // namespace dlwork
