#include <algorithm>

#include "dlwork/data/words.h"
#include "phase/audit/free_text.h"
#include "phase/audit/stats/min_hash.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr std::size_t kRun = 5;
/// Pairs are listed from here on; what counts as near is a limit of the project.
constexpr double kListed = 0.5;
constexpr std::size_t kPairsShown = 5;

/// Texts that resemble an earlier one.
struct TextPairs {
  Rows rows, earlier;  ///< samples, pair by pair
  std::vector<double> similarity;
};

/// `groups`: as of `similar_sets`.
TextPairs similar_texts(const FreeText& texts, const Rows& rows, std::uint64_t seed,
                        const std::vector<int>& groups) {
  std::vector<std::vector<std::uint64_t>> sets;
  for (const auto row : rows) {
    const auto words = data::line_words(texts.texts[row]);
    // Short texts return by nature.
    sets.push_back(words.size() < kRun ? std::vector<std::uint64_t>() : word_runs(words, kRun));
  }
  const auto twins = similar_sets(sets, kListed, seed, groups);
  TextPairs pairs;
  for (std::size_t i = 0; i < twins.size(); ++i) {
    if (twins[i].earlier < 0) continue;
    const auto row = rows[i], earlier = rows[twins[i].earlier];
    // Equal lines are told as repeats; of carried columns nothing else tells it.
    if (texts.column == nullptr && texts.texts[row] == texts.texts[earlier]) continue;
    pairs.rows.push_back(row);
    pairs.earlier.push_back(earlier);
    pairs.similarity.push_back(twins[i].similarity);
  }
  return pairs;
}

Json pair_places(const Audit& audit, const TextPairs& pairs,
                 const std::vector<std::size_t>& which) {
  Json list = Json::array();
  for (std::size_t i = 0; i < which.size() && i < kPairsShown; ++i) {
    const std::size_t pair = which[i];
    list.push_back({audit.samples().where(pairs.rows[pair]),
                    audit.samples().where(pairs.earlier[pair]), pairs.similarity[pair]});
  }
  return list;
}

std::string first_places(const Audit& audit, const TextPairs& pairs, std::size_t pair) {
  return "the first at " + audit.samples().where(pairs.rows[pair]) + " and " +
         audit.samples().where(pairs.earlier[pair]);
}

void report_twins(Audit& audit, const FreeText& texts, const TextPairs& pairs,
                  std::size_t compared) {
  std::vector<std::size_t> near;
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    if (pairs.similarity[i] >= audit.limits().text_similarity) near.push_back(i);
  }
  if (near.empty()) return;
  const double share = share_of(near.size(), compared);
  add_about_texts(audit, texts, "duplicate-near-text",
                  share > audit.limits().text_near_share ? Severity::kWarn : Severity::kInfo,
                  count_of(near.size()) + " " + texts.name() + " (" + percent(share) +
                      ") are nearly the same as an earlier one, " +
                      first_places(audit, pairs, near.front()) + "; " +
                      count_of(pairs.rows.size() - near.size()) +
                      " more share half of their runs of words",
                  {{"samples", near.size()},
                   {"share", share},
                   {"of", compared},
                   {"alike", pairs.rows.size() - near.size()},
                   {"pairs", pair_places(audit, pairs, near)}});
}

/// `pairs`: with texts of earlier parts.
void report_twins_across(Audit& audit, const FreeText& texts, const TextPairs& pairs,
                         const std::vector<int>& parts, Part part, std::size_t of_part) {
  std::vector<std::size_t> across;
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    const bool shared = parts[pairs.rows[i]] == static_cast<int>(part);
    if (shared && pairs.similarity[i] >= audit.limits().text_similarity) across.push_back(i);
  }
  const double share = share_of(across.size(), of_part);
  if (across.empty() || share <= audit.limits().near_overlap_warn) return;
  // Of a column that is carried nothing is learned yet.
  const bool error = texts.column == nullptr && share > audit.limits().near_overlap_error;
  add_about_texts(audit, texts, "split-overlap-near", error ? Severity::kError : Severity::kWarn,
                  count_of(across.size()) + " " + texts.name() + " (" + percent(share) +
                      ") of the " + data::to_string(part) +
                      " part are nearly the same as one of an earlier part, " +
                      first_places(audit, pairs, across.front()),
                  {{"part", data::to_string(part)},
                   {"samples", across.size()},
                   {"share", share},
                   {"pairs", pair_places(audit, pairs, across)}});
}

}  // namespace

void check_near_texts(Audit& audit) {
  const auto found = free_texts(audit.samples());
  if (found.empty()) return;
  const Rows rows = compared_rows(audit);
  const auto parts = parts_of_rows(audit);
  Rows by_part = rows;
  std::stable_sort(by_part.begin(), by_part.end(),
                   [&](std::int64_t a, std::int64_t b) { return parts[a] < parts[b]; });
  std::vector<int> groups;
  for (const auto row : by_part) groups.push_back(parts[row]);
  for (const FreeText& texts : found) {
    report_twins(audit, texts, similar_texts(texts, rows, audit.seed(), {}), rows.size());
    const TextPairs across = similar_texts(texts, by_part, audit.seed(), groups);
    for (const Part part : {Part::kValidation, Part::kTest}) {
      const auto of_part = std::count(groups.begin(), groups.end(), static_cast<int>(part));
      report_twins_across(audit, texts, across, parts, part, static_cast<std::size_t>(of_part));
    }
  }
}

}  // namespace dlwork::phase::audit
