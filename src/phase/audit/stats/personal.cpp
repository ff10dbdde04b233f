#include "phase/audit/stats/personal.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "dlwork/base/text.h"
#include "phase/audit/stats/calendar.h"
#include "phase/audit/stats/digit.h"

namespace dlwork::phase::audit {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

/// Runs of digits with single blanks, dots, hyphens, slashes or brackets between them.
std::string_view next_number(std::string_view text, std::size_t& at) {
  while (at < text.size() && !is_digit(text[at]) && text[at] != '+') ++at;
  const std::size_t begin = at;
  while (at < text.size() && (is_digit(text[at]) || std::string_view("+ .-/()").find(text[at]) !=
                                                        std::string_view::npos)) {
    ++at;
  }
  std::size_t end = at;
  while (end > begin && !is_digit(text[end - 1])) --end;
  if (at == begin) ++at;
  return text.substr(begin, end - begin);
}

bool holds_mail(std::string_view text) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const bool before = at > 0 && is_word(text[at - 1]);
    std::size_t end = at + 1;
    bool dot = false;
    while (end < text.size() && (is_word(text[end]) || text[end] == '.' || text[end] == '-')) {
      dot = dot || (text[end] == '.' && end + 2 < text.size() && is_word(text[end + 1]) &&
                    is_word(text[end + 2]) && end > at + 1);
      ++end;
    }
    if (before && dot) return true;
  }
  return false;
}

bool is_card(std::string_view number) {
  const std::string digits = digits_of(number);
  const bool grouped_only = std::all_of(number.begin(), number.end(),
                                        [](char c) { return is_digit(c) || c == ' ' || c == '-'; });
  if (!grouped_only || digits.size() < 13 || digits.size() > 19) return false;
  const bool known = digits[0] >= '2' && digits[0] <= '6';
  const bool varied = digits.find_first_not_of(digits[0]) != std::string::npos;
  return known && varied && passes_luhn(digits);
}

/// Three, three and four digits as in (212) 555-1234, 212-555-1234 and 212.555.1234, perhaps behind
/// a 1; area and exchange begin with 2 to 9 (North American Numbering Plan). Groups with nothing
/// but blanks between them may be any three numbers.
bool is_north_american(std::string_view number) {
  if (number.substr(0, 2) == "1-" || number.substr(0, 2) == "1 ") number.remove_prefix(2);
  if (!number.empty() && number.front() == '(') number.remove_prefix(1);
  constexpr std::array<std::size_t, 3> kGroups{3, 3, 4};
  bool only_blanks = true;
  std::size_t at = 0;
  for (std::size_t group = 0; group < kGroups.size(); ++group) {
    const std::size_t end = std::min(number.find_first_not_of("0123456789", at), number.size());
    if (end - at != kGroups[group]) return false;
    if (group < 2 && number[at] < '2') return false;
    const std::size_t next = std::min(number.find_first_of("0123456789", end), number.size());
    const std::string_view between = number.substr(end, next - end);
    const bool bracket = group == 0 && between.substr(0, 1) == ")";
    const std::string_view mark = between.substr(bracket ? 1 : 0);
    const bool one_mark = mark == "-" || mark == "." || mark == " " || mark == "/";
    if (group < 2 ? !one_mark && !(bracket && mark.empty()) : !between.empty()) return false;
    only_blanks = only_blanks && (between == " " || group == 2);
    at = next;
  }
  return !only_blanks;
}

bool is_telephone(std::string_view number) {
  const std::string digits = digits_of(number);
  if (digits.size() < 8 || digits.size() > 15 || parse_day(number)) return false;
  if (number.front() == '+' || number.substr(0, 2) == "00") return digits.size() >= 9;
  if (is_north_american(number)) return true;
  const auto groups = std::count_if(number.begin(), number.end(), [](char c) {
    return c == ' ' || c == '-' || c == '/' || c == '(';
  });
  return digits[0] == '0' && groups > 0 && number.find('.') == std::string_view::npos;
}

}  // namespace

bool passes_luhn(std::string_view text) {
  const std::string digits = digits_of(text);
  if (digits.size() < 2) return false;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int value = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) value = 2 * value > 9 ? 2 * value - 9 : 2 * value;
    sum += value;
  }
  return sum % 10 == 0;
}

std::string personal_kind(std::string_view text) {
  if (holds_mail(text)) return "e-mail address";
  for (std::size_t at = 0; at < text.size();) {
    const auto number = next_number(text, at);
    if (number.size() < 8) continue;
    if (is_card(number)) return "payment card number";
    if (is_telephone(number)) return "telephone number";
  }
  return "";
}

std::string personal_name(std::string_view column) {
  struct Word {
    std::string_view word;
    const char* what;
  };
  constexpr std::array kWords{Word{"firstname", "name"},
                              Word{"lastname", "name"},
                              Word{"surname", "name"},
                              Word{"fullname", "name"},
                              Word{"forename", "name"},
                              Word{"familyname", "name"},
                              Word{"maidenname", "name"},
                              Word{"email", "e-mail address"},
                              Word{"phone", "telephone number"},
                              Word{"telephone", "telephone number"},
                              Word{"mobilenumber", "telephone number"},
                              Word{"streetaddress", "address"},
                              Word{"homeaddress", "address"},
                              Word{"address", "address"},
                              Word{"ssn", "social security number"},
                              Word{"socialsecurity", "social security number"},
                              Word{"passport", "passport number"},
                              Word{"dateofbirth", "birth date"},
                              Word{"birthdate", "birth date"},
                              Word{"birthday", "birth date"},
                              Word{"dob", "birth date"},
                              Word{"iban", "bank account"},
                              Word{"creditcard", "payment card number"},
                              Word{"licenseplate", "number plate"},
                              Word{"ipaddress", "network address"}};
  std::string bare;
  for (const char c : lower(column)) {
    if (is_word(c)) bare += c;
  }
  if (bare == "name") return "name";
  for (const Word& entry : kWords) {
    // Short words must be the whole name; "dob" is inside others.
    const bool is_short = entry.word.size() <= 4;
    if (is_short ? bare == entry.word : bare.find(entry.word) != std::string::npos) {
      return entry.what;
    }
  }
  return "";
}

}  // namespace dlwork::phase::audit
