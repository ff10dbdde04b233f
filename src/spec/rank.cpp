#include <algorithm>

#include "dlwork/base/text.h"
#include "dlwork/spec/project.h"

namespace dlwork::spec {
namespace {

constexpr double kKindWeight = 0.5;
constexpr double kTaskWeight = 0.35;
constexpr double kWordsWeight = 0.15;
/// So many words in common are as good as more.
constexpr std::size_t kEnoughWords = 3;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

/// " the words of a text " in small letters, with one space around each.
std::string spaced_words(const std::string& text) {
  std::string words = " ";
  for (const char c : lower(text)) {
    if (is_letter(c)) {
      words += c;
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

/// A word, or a phrase, as it stands or in the plural.
bool says(const std::string& question, const std::string& word) {
  const std::string wanted = spaced_words(word);
  if (wanted == " ") return false;
  const std::string stem = wanted.substr(0, wanted.size() - 1);
  for (const char* ending : {" ", "s ", "es "}) {
    if (question.find(stem + ending) != question.npos) return true;
  }
  return false;
}

RankedAnalogy rank(const Analogy& analogy, const std::string& kind, const std::string& task,
                   const std::string& question) {
  RankedAnalogy ranked{&analogy, 0, {}};
  if (!kind.empty() && analogy.kind == kind) {
    ranked.score += kKindWeight;
    ranked.why.push_back("same kind of data: " + kind);
  }
  if (!task.empty() && analogy.task == task) {
    ranked.score += kTaskWeight;
    ranked.why.push_back("same task: " + task);
  }
  std::size_t hits = 0;
  for (const std::string& word : analogy.words) {
    if (!says(question, word)) continue;
    ++hits;
    ranked.why.push_back("question says '" + word + "'");
  }
  ranked.score += kWordsWeight * static_cast<double>(std::min(hits, kEnoughWords)) /
                  static_cast<double>(kEnoughWords);
  return ranked;
}

}  // namespace

std::vector<RankedAnalogy> rank_analogies(const std::vector<Analogy>& catalogue,
                                          const std::string& kind, const std::string& task,
                                          const std::string& question) {
  const std::string words = spaced_words(question);
  std::vector<RankedAnalogy> ranking;
  for (const Analogy& analogy : catalogue) {
    const bool other_kind = !kind.empty() && analogy.kind != kind;
    const bool other_task = !task.empty() && analogy.task != task;
    if (other_kind && other_task) continue;
    ranking.push_back(rank(analogy, kind, task, words));
  }
  std::sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.analogy->id < b.analogy->id;
  });
  return ranking;
}

}  // namespace dlwork::spec
