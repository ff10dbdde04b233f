// What free texts are written in and with: languages, phrases that return, mark-up.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "dlwork/data/words.h"
#include "phase/audit/free_text.h"
#include "phase/audit/stats/language.h"
#include "phase/audit/stats/min_hash.h"
#include "phase/audit/target_skill.h"

namespace dlwork::phase::audit {

using artefact::Severity;

namespace {

/// Words of a phrase that is not said twice by chance.
constexpr std::size_t kPhrase = 8;
/// Fewer texts have no usual phrases and languages.
constexpr std::size_t kFewestFreeTexts = 50;

/// Texts of a word or two: next to nothing can be learned from them.
void report_short(Audit& audit, const FreeText& texts, const Rows& rows) {
  // A script without blanks writes many words as one.
  constexpr std::size_t kMostBytes = 40;
  Rows found;
  for (const auto row : rows) {
    const auto words = data::line_words(texts.texts[row]).size();
    const bool few = words > 0 && static_cast<double>(words) < audit.limits().short_words;
    if (few && texts.texts[row].size() <= kMostBytes) found.push_back(row);
  }
  if (found.empty()) return;
  const double share = share_of(found.size(), rows.size());
  add_about_texts(audit, texts, "text-short",
                  share > audit.limits().short_texts ? Severity::kWarn : Severity::kInfo,
                  count_of(found.size()) + " " + texts.name() + " (" + percent(share) +
                      ") have fewer than " + pretty_number(audit.limits().short_words) +
                      " words, the first at " + audit.samples().where(found.front()),
                  {{"samples", found.size()},
                   {"share", share},
                   {"of", rows.size()},
                   {"rows", audit.places(found)}});
}

void report_languages(Audit& audit, const FreeText& texts, const Rows& rows) {
  std::map<std::string, Rows> by_language;
  std::size_t told = 0;
  for (const auto row : rows) {
    const std::string language = language_of(texts.texts[row]);
    if (language.empty()) continue;
    by_language[language].push_back(row);
    ++told;
  }
  if (by_language.size() < 2) return;
  const auto most = std::max_element(
      by_language.begin(), by_language.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  Rows others;
  Json counts = Json::object();
  std::vector<std::string> names;
  for (const auto& [language, of] : by_language) {
    counts[language] = of.size();
    if (language == most->first) continue;
    names.push_back(language + " (" + count_of(of.size()) + ")");
    others.insert(others.end(), of.begin(), of.end());
  }
  std::sort(others.begin(), others.end());
  const double share = share_of(others.size(), told);
  if (share <= audit.limits().language_share) return;
  add_about_texts(audit, texts, "text-language-mix", Severity::kInfo,
                  percent(share) + " of the " + texts.name() + " that show a language are not in " +
                      most->first + " but in " + join_words(names) + ", the first at " +
                      audit.samples().where(others.front()),
                  {{"share", share},
                   {"languages", counts},
                   {"told", told},
                   {"of", rows.size()},
                   {"rows", audit.places(others)}});
}

/// Runs of words that many texts hold, with the texts that hold one.
struct Phrases {
  std::size_t count = 0;
  std::string words;       ///< of the most frequent run
  std::size_t most = 0;    ///< texts that hold it
  std::vector<bool> held;  ///< by place in the rows
};

std::string words_of_run(const std::vector<std::string>& words, std::uint64_t run) {
  for (std::size_t begin = 0; begin + kPhrase <= words.size(); ++begin) {
    const std::vector<std::string> some(
        words.begin() + static_cast<std::ptrdiff_t>(begin),
        words.begin() + static_cast<std::ptrdiff_t>(begin + kPhrase));
    if (word_runs(some, kPhrase).front() == run) return join(some, " ");
  }
  return "";
}

Phrases phrases_of(const FreeText& texts, const Rows& rows, double least) {
  std::vector<std::vector<std::uint64_t>> runs;
  std::unordered_map<std::uint64_t, std::size_t> counts;
  for (const auto row : rows) {
    const auto words = data::line_words(texts.texts[row]);
    runs.push_back(words.size() < kPhrase ? std::vector<std::uint64_t>()
                                          : word_runs(words, kPhrase));
    for (const auto run : runs.back()) ++counts[run];
  }
  Phrases phrases;
  phrases.held.assign(rows.size(), false);
  std::uint64_t best = 0;
  for (const auto& [run, count] : counts) {
    if (static_cast<double>(count) <= least) continue;
    ++phrases.count;
    if (count > phrases.most || (count == phrases.most && run < best)) {
      phrases.most = count;
      best = run;
    }
  }
  if (phrases.count == 0) return phrases;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    phrases.held[i] = std::any_of(runs[i].begin(), runs[i].end(), [&](std::uint64_t run) {
      return static_cast<double>(counts.at(run)) > least;
    });
    if (phrases.words.empty() && std::binary_search(runs[i].begin(), runs[i].end(), best)) {
      phrases.words = words_of_run(data::line_words(texts.texts[rows[i]]), best);
    }
  }
  return phrases;
}

/// What holding such a phrase tells of the target; 0 where there is none.
double skill_of_phrases(const Audit& audit, const Phrases& phrases, const Rows& rows) {
  if (!audit.target().given()) return 0;
  std::map<std::int64_t, std::int32_t> held;
  for (std::size_t i = 0; i < rows.size(); ++i) held[rows[i]] = phrases.held[i] ? 1 : 0;
  Rows judged = shuffled_sample(audit);
  std::erase_if(judged, [&](std::int64_t row) { return held.count(row) == 0; });
  if (judged.size() < kFewestForSkill) return 0;
  std::vector<std::int32_t> groups;
  for (const auto row : judged) groups.push_back(held.at(row));
  return skill_of_groups(audit, groups, judged);
}

void report_phrases(Audit& audit, const FreeText& texts, const Rows& rows) {
  const double least = audit.limits().boilerplate_share * static_cast<double>(rows.size());
  const Phrases phrases = phrases_of(texts, rows, std::max(2.0, least));
  if (phrases.count == 0) return;
  const auto held =
      static_cast<std::size_t>(std::count(phrases.held.begin(), phrases.held.end(), true));
  const double score = skill_of_phrases(audit, phrases, rows);
  const bool tells = score >= audit.limits().boilerplate_skill;
  add_about_texts(
      audit, texts, "text-boilerplate", tells ? Severity::kError : Severity::kInfo,
      percent(share_of(held, rows.size())) + " of the " + texts.name() +
          " hold a run of eight words that many share, most often '" + phrases.words + "' (" +
          count_of(phrases.most) + ")" +
          (tells ? ", which tells the target (score " + pretty_number(score, 3) + ")" : ""),
      {{"samples", held},
       {"share", share_of(held, rows.size())},
       {"of", rows.size()},
       {"runs", phrases.count},
       {"most", phrases.words},
       {"most_samples", phrases.most},
       {"score", score}});
}

void report_special(Audit& audit, const FreeText& texts, const Rows& rows) {
  Rows marked, special, odd;
  for (const auto row : rows) {
    const bool tags = holds_markup(texts.texts[row]);
    const bool symbols = special_share(texts.texts[row]) > audit.limits().special_share;
    if (tags) marked.push_back(row);
    if (symbols) special.push_back(row);
    if (tags || symbols) odd.push_back(row);
  }
  if (odd.empty()) return;
  const double share = share_of(odd.size(), rows.size());
  add_about_texts(audit, texts, "text-special",
                  share > audit.limits().special_texts ? Severity::kWarn : Severity::kInfo,
                  count_of(odd.size()) + " " + texts.name() + " (" + percent(share) +
                      ") hold mark-up (" + count_of(marked.size()) +
                      ") or many signs that are no letters (" + count_of(special.size()) +
                      "), the first at " + audit.samples().where(odd.front()),
                  {{"samples", odd.size()},
                   {"share", share},
                   {"of", rows.size()},
                   {"markup", marked.size()},
                   {"special", special.size()},
                   {"rows", audit.places(odd)}});
}

}  // namespace

void check_text_style(Audit& audit) {
  const Rows all = compared_rows(audit);
  for (const FreeText& texts : free_texts(audit.samples())) {
    Rows rows;
    std::copy_if(all.begin(), all.end(), std::back_inserter(rows),
                 [&](std::int64_t row) { return !texts.texts[row].empty(); });
    if (rows.size() < kFewestFreeTexts) continue;
    report_short(audit, texts, rows);
    report_languages(audit, texts, rows);
    report_phrases(audit, texts, rows);
    report_special(audit, texts, rows);
  }
}

}  // namespace dlwork::phase::audit
