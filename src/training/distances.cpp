#include "training/distances.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <sstream>

namespace dlwork::training {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// A code point begins with a byte that is not 10xxxxxx.
std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char byte : text) {
    if (characters.empty() || (static_cast<unsigned char>(byte) & 0xC0) != 0x80) {
      characters.emplace_back();
    }
    characters.back() += byte;
  }
  return characters;
}

double error_rate(const std::vector<Transcript>& transcripts,
                  std::vector<std::string> (*parts_of)(const std::string&)) {
  double edits = 0, parts = 0;
  for (const Transcript& each : transcripts) {
    const auto reference = parts_of(each.reference);
    edits += static_cast<double>(edit_distance(reference, parts_of(each.hypothesis)));
    parts += static_cast<double>(reference.size());
  }
  return parts > 0 ? edits / parts : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::int64_t edit_distance(const std::vector<std::string>& from,
                           const std::vector<std::string>& to) {
  // One row of Wagner and Fischer's table (1974): distances from what was read to each beginning.
  std::vector<std::int64_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::int64_t diagonal = row[0];
    row[0] = static_cast<std::int64_t>(i) + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::int64_t substituted = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

double word_error_rate(const std::vector<Transcript>& transcripts) {
  return error_rate(transcripts, words_of);
}
double character_error_rate(const std::vector<Transcript>& transcripts) {
  return error_rate(transcripts, characters_of);
}

}  // namespace dlwork::training
