#include "dlwork/data/words.h"

namespace dlwork::data {
namespace {

bool is_word_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || static_cast<unsigned char>(letter) >= 0x80;
}

}  // namespace

std::vector<std::string> line_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char letter = line[i];
    const bool inside =
        letter == '\'' && !word.empty() && i + 1 < line.size() && is_word_letter(line[i + 1]);
    if (is_word_letter(letter) || inside) {
      word += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::map<std::string, std::int64_t> count_words(const Samples& samples,
                                                const std::vector<std::int64_t>& rows) {
  std::map<std::string, std::int64_t> counts;
  for (const auto row : rows) {
    for (auto& word : line_words(samples.texts[row])) ++counts[std::move(word)];
  }
  return counts;
}

}  // namespace dlwork::data
