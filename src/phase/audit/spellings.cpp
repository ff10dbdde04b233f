#include <algorithm>
#include <map>

#include "phase/audit/check.h"
#include "phase/audit/stats/spelling.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// Every pair of so many categories is compared; more are names, not categories.
constexpr std::size_t kMostCompared = 2000;
constexpr std::size_t kShortestWord = 4;
constexpr std::size_t kLongWord = 8;
constexpr std::size_t kSpellingsShown = 5;

struct Word {
  std::string text;
  std::int64_t count = 0;
};

std::vector<Word> words_of(const Profile& profile) {
  std::vector<Word> words;
  for (std::size_t code = 0; code < profile.counts.size(); ++code) {
    if (profile.counts[code] > 0) {
      words.push_back({profile.column->categories[code], profile.counts[code]});
    }
  }
  return words;
}

/// Sets of texts that are one once case, blanks and punctuation are off.
std::vector<std::vector<std::string>> variants_of(const std::vector<Word>& words) {
  std::map<std::string, std::vector<std::string>> by_form;
  for (const Word& word : words) {
    const std::string form = bare(word.text);
    if (!form.empty()) by_form[form].push_back(word.text);
  }
  std::vector<std::vector<std::string>> sets;
  for (auto& [form, texts] : by_form) {
    // "1.0" and "10" have one form and are two values.
    const bool numeric = std::all_of(texts.begin(), texts.end(), [](const std::string& text) {
      return parse_number(trim(text)).has_value();
    });
    if (texts.size() > 1 && !numeric) sets.push_back(std::move(texts));
  }
  return sets;
}

std::string variants_text(const std::vector<std::vector<std::string>>& sets) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < sets.size() && i < kSpellingsShown; ++i) {
    std::vector<std::string> quoted;
    for (const auto& text : sets[i]) quoted.push_back("'" + text + "'");
    shown.push_back(join_words(quoted));
  }
  return join(shown, "; ");
}

bool has_digit(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_slip(const Word& rare, const Word& frequent, double ratio) {
  if (static_cast<double>(rare.count) > ratio * static_cast<double>(frequent.count)) return false;
  const std::string a = lower(rare.text), b = lower(frequent.text);
  if (bare(a) == bare(b)) return false;  // told as variants
  const int most = std::min(a.size(), b.size()) < kLongWord ? 1 : 2;
  return edit_distance(a, b, most) <= most;
}

void check_slips(Audit& audit, const Profile& profile, std::vector<Word> words) {
  std::erase_if(words, [](const Word& word) {
    return word.text.size() < kShortestWord || has_digit(word.text);
  });
  if (words.size() > kMostCompared) return;
  std::stable_sort(words.begin(), words.end(),
                   [](const Word& a, const Word& b) { return a.count > b.count; });
  Json pairs = Json::array();
  std::vector<std::string> shown;
  for (std::size_t rare = 1; rare < words.size(); ++rare) {
    for (std::size_t other = 0; other < rare; ++other) {
      if (!is_slip(words[rare], words[other], audit.limits().typo_ratio)) continue;
      pairs.push_back({words[rare].text, words[other].text});
      if (shown.size() < kSpellingsShown) {
        shown.push_back("'" + words[rare].text + "' (" + grouped(words[rare].count) + ") for '" +
                        words[other].text + "' (" + grouped(words[other].count) + ")");
      }
      break;
    }
  }
  if (pairs.empty()) return;
  audit.add_about(*profile.column, "category-typo", Severity::kInfo,
                  "categories of column " + profile.name() +
                      " that look like slips of writing: " + join_words(shown),
                  {{"pairs", pairs}});
}

/// Every way of writing becomes the most frequent one.
void mend_variants(Audit& audit, const Profile& profile,
                   const std::vector<std::vector<std::string>>& sets) {
  const data::Column& column = *profile.column;
  std::map<std::string, std::string> becomes;
  for (const auto& set : sets) {
    std::string best = set.front();
    std::int64_t most = -1;
    for (std::size_t code = 0; code < profile.counts.size(); ++code) {
      const bool member = std::find(set.begin(), set.end(), column.categories[code]) != set.end();
      if (member && profile.counts[code] > most) {
        most = profile.counts[code];
        best = column.categories[code];
      }
    }
    for (const auto& text : set) becomes[text] = best;
  }
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] < 0) continue;
    const auto found = becomes.find(column.categories[column.codes[row]]);
    if (found != becomes.end() && found->first != found->second) {
      audit.patches.push_back(
          {static_cast<std::int64_t>(row), column.name, found->second, "category-variants"});
    }
  }
}

}  // namespace

void check_spellings(Audit& audit) {
  for (const Profile& profile : audit.facts.profiles()) {
    if (profile.is_number()) continue;
    const auto words = words_of(profile);
    const auto sets = variants_of(words);
    if (!sets.empty()) {
      mend_variants(audit, profile, sets);
      audit.add_about(*profile.column, "category-variants", Severity::kWarn,
                      "column " + profile.name() +
                          " writes one category in several ways: " + variants_text(sets),
                      {{"sets", sets}});
    }
    check_slips(audit, profile, words);
  }
  if (!audit.is_class()) return;
  std::vector<Word> classes;
  for (const auto& name : audit.target().classes) classes.push_back({name, 1});
  const auto sets = variants_of(classes);
  if (sets.empty()) return;
  audit.add("class-variants", Severity::kError,
            "one class is written in several ways: " + variants_text(sets), {{"sets", sets}});
}

}  // namespace dlwork::phase::audit
