#include "phase/audit/stats/spelling.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "dlwork/base/text.h"
#include "phase/audit/stats/digit.h"

namespace dlwork::phase::audit {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

bool is_control(char c, Layout layout) {
  const bool breaks = c == '\t' || c == '\n' || c == '\r';
  return (static_cast<unsigned char>(c) < 32 && !(breaks && layout == Layout::kProse)) || c == 127;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b, int most) {
  const auto difference =
      static_cast<std::ptrdiff_t>(a.size()) - static_cast<std::ptrdiff_t>(b.size());
  if (std::abs(difference) > most) return most + 1;
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    int least = row[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    if (least > most) return most + 1;
    before.swap(last);
    last.swap(row);
  }
  return std::min(last[b.size()], most + 1);
}

std::string bare(std::string_view text) {
  // "<5" and ">5", C++ and C#, A+ and A- are not one; a hyphen between words tells nothing.
  constexpr std::string_view kTelling = "<>=+#%~*";
  const std::string trimmed = trim(lower(text));
  std::string result;
  for (std::size_t i = 0; i < trimmed.size(); ++i) {
    const char c = trimmed[i];
    const bool outer_minus = c == '-' && (i == 0 || i + 1 == trimmed.size());
    if (is_digit(c) || is_letter(c) || outer_minus || kTelling.find(c) != kTelling.npos) {
      result += c;
    }
  }
  return result;
}

bool is_dressed_number(std::string_view text) {
  const std::string trimmed = trim(text);
  if (trimmed.empty() || parse_number(trimmed)) return false;
  std::string number;
  bool ended = false;
  for (std::size_t i = 0; i < trimmed.size(); ++i) {
    const char c = trimmed[i];
    const bool inside = is_digit(c) || (c == '.' && !number.empty() && !ended) ||
                        ((c == '-' || c == '+') && number.empty());
    if (inside && ended) return false;  // a second number
    if (inside) {
      number += c;
    } else if ((c == ',' || c == '\'') && !number.empty() && i + 1 < trimmed.size() &&
               is_digit(trimmed[i + 1])) {
      continue;  // between groups of digits
    } else if (!number.empty()) {
      ended = true;
    }
  }
  while (!number.empty() && number.back() == '.') number.pop_back();
  // Long words with a digit are names, not quantities.
  constexpr std::size_t kMostDressing = 6;
  return parse_number(number).has_value() && trimmed.size() - number.size() <= kMostDressing;
}

bool is_doubly_encoded(std::string_view text) {
  // U+00C3 or U+00C2 before U+0080 to U+00BF, and U+00E2 U+20AC: UTF-8's lead bytes shown as
  // letters.
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (byte(i) == 0xC3 && (byte(i + 1) == 0x83 || byte(i + 1) == 0x82) && byte(i + 2) == 0xC2) {
      return true;
    }
    if (byte(i) == 0xC3 && byte(i + 1) == 0xA2 && byte(i + 2) == 0xE2 && byte(i + 3) == 0x82) {
      return true;
    }
  }
  return false;
}

bool is_untidy(std::string_view text, Layout layout) {
  return trim(text) != text ||
         std::any_of(text.begin(), text.end(), [&](char c) { return is_control(c, layout); });
}

std::string tidied(std::string_view text, Layout layout) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
               [&](char c) { return !is_control(c, layout); });
  return trim(kept);
}

bool is_missing_word(std::string_view text) {
  constexpr std::array<std::string_view, 22> kWords{
      "?",       "??",   "na",        "n/a",    "#n/a",    "#na", "nan", "null",
      "nil",     "none", "-",         "--",     "---",     ".",   "..",  "missing",
      "unknown", "unk",  "undefined", "#null!", "#value!", "<na>"};
  const std::string word = lower(trim(text));
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

}  // namespace dlwork::phase::audit
