#include "dlwork/base/text.h"

#include <algorithm>
#include <limits>

namespace dlwork {
namespace {

// Optimal string alignment: the Damerau-Levenshtein distance (Damerau 1964) in which no part is
// edited twice; it counts insertions, deletions, substitutions and swaps of neighbours.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    std::swap(last, row);
  }
  return last[b.size()];
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kLongestCompared = 128;  // a longer "name" is no typing mistake
  if (name.empty() || name.size() > kLongestCompared) return "";
  const std::string wanted = lower(name);
  // One edit of a short name already makes it another word.
  const size_t allowed = wanted.size() <= 3 ? 1 : 2;
  std::string best;
  size_t best_distance = std::numeric_limits<size_t>::max();
  for (const std::string& candidate : known) {
    const std::string other = lower(candidate);
    if (other.size() > kLongestCompared) continue;
    size_t distance = edit_distance(wanted, other);
    const bool is_prefix = wanted.size() >= 2 && other.rfind(wanted, 0) == 0;
    if (is_prefix) distance = std::min(distance, allowed);
    if (distance <= allowed && distance < best_distance && distance < other.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string csv_cell(const std::string& cell, char separator) {
  const bool plain = cell.find_first_of("\"\n\r") == std::string::npos &&
                     cell.find(separator) == std::string::npos && trim(cell) == cell;
  if (plain) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string join_words(const std::vector<std::string>& words) {
  if (words.empty()) return "";
  std::string text = words.front();
  for (size_t i = 1; i < words.size(); ++i) {
    text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace dlwork
