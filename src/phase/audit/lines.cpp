// Texts of a line each: what a vocabulary can be made of.
#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/base/text.h"
#include "dlwork/data/words.h"
#include "phase/audit/check.h"
#include "phase/audit/stats/spelling.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::Part;

namespace {

constexpr std::size_t kShownWords = 15;
constexpr double kLeastLineRange = 10;
using WordCounts = std::map<std::string, std::int64_t>;

std::int64_t sum_of(const WordCounts& counts) {
  std::int64_t sum = 0;
  for (const auto& [word, count] : counts) sum += count;
  return sum;
}

/// Most frequent first, ties by the alphabet.
std::vector<std::pair<std::string, std::int64_t>> ranked(const WordCounts& counts) {
  std::vector<std::pair<std::string, std::int64_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return order;
}

/// Counts over ranks, which fall as a straight line in most languages (Zipf 1935).
artefact::Figure rank_figure(const std::vector<std::pair<std::string, std::int64_t>>& words) {
  Json x = Json::array(), y = Json::array();
  for (std::size_t rank = 1; rank <= words.size(); rank += std::max<std::size_t>(1, rank / 20)) {
    x.push_back(rank);
    y.push_back(std::log10(static_cast<double>(words[rank - 1].second)));
  }
  artefact::Figure figure{"word-ranks", "How often words occur", "lines", {}, ""};
  figure.data = {{"x_label", "rank"},
                 {"y_label", "log10 of the count"},
                 {"log_x", true},
                 {"series", Json::array({{{"name", "words"}, {"x", x}, {"y", y}}})}};
  return figure;
}

double median_length(const Audit& audit) {
  std::vector<double> lengths;
  for (const auto row : audit.train()) {
    lengths.push_back(static_cast<double>(data::line_words(audit.samples().texts[row]).size()));
  }
  return lengths.empty() ? 0 : quantile(std::move(lengths), 0.5);
}

void check_rare_words(Audit& audit, std::int64_t once, std::int64_t all) {
  const double share = static_cast<double>(once) / static_cast<double>(all);
  if (share <= audit.limits().rare_words) return;
  audit.add("text-rare-words", Severity::kWarn,
            grouped(once) + " words occur once, " + percent(share) +
                " of the text: nothing can be learned of them",
            {{"words", once}, {"share", share}});
}

}  // namespace

void check_empty_lines(Audit& audit) {
  std::vector<std::int64_t> empty;
  for (std::int64_t row = 0; row < audit.samples().count; ++row) {
    if (data::line_words(audit.samples().texts[row]).empty()) empty.push_back(row);
  }
  if (empty.empty()) return;
  const double share = share_of(empty.size(), audit.samples().texts.size());
  audit.leave_out(empty, "text-empty-lines");
  audit.add("text-empty-lines",
            share > audit.limits().empty_lines ? Severity::kWarn : Severity::kInfo,
            count_of(empty.size()) + " lines (" + percent(share) + ") hold no word, the first at " +
                audit.samples().where(empty.front()),
            {{"lines", empty.size()}, {"share", share}, {"rows", audit.places(empty)}});
}

void check_line_faults(Audit& audit) {
  Rows garbled, untidy, odd;
  std::vector<double> lengths;
  for (const auto row : audit.train()) {
    const std::string& text = audit.samples().texts[row];
    if (is_doubly_encoded(text)) garbled.push_back(row);
    if (is_untidy(text, Layout::kProse)) untidy.push_back(row);
    lengths.push_back(static_cast<double>(text.size()));
  }
  if (lengths.empty()) return;
  const auto& limits = audit.limits();
  if (share_of(garbled.size(), lengths.size()) > limits.mojibake_share) {
    audit.add("text-mojibake", Severity::kWarn,
              count_of(garbled.size()) +
                  " lines were read in the wrong encoding once, the first at " +
                  audit.samples().where(garbled.front()),
              {{"samples", garbled.size()}, {"rows", audit.places(garbled)}});
  }
  if (!untidy.empty()) {  // words are taken without blanks, so nothing is lost by these
    audit.add("text-edge-space", Severity::kInfo,
              count_of(untidy.size()) +
                  " lines begin or end with a blank, or hold control characters, the first at " +
                  audit.samples().where(untidy.front()),
              {{"samples", untidy.size()}, {"rows", audit.places(untidy)}});
  }
  const Spread spread = spread_of(lengths);
  const double reach = limits.length_ranges * std::max(spread.range(), kLeastLineRange);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const bool far =
        lengths[i] > spread.upper_quartile + reach || lengths[i] < spread.lower_quartile - reach;
    if (far) odd.push_back(audit.train()[i]);
  }
  if (odd.empty()) return;
  audit.add(
      "string-length-outlier", Severity::kInfo,
      count_of(odd.size()) + " lines are far longer or shorter than the usual " +
          pretty_number(spread.median, 3) + " bytes, the first at " +
          audit.samples().where(odd.front()),
      {{"samples", odd.size()}, {"median_bytes", spread.median}, {"rows", audit.places(odd)}});
}

void check_vocabulary(Audit& audit) {
  const WordCounts counts = data::count_words(audit.samples(), audit.train());
  const std::int64_t all = sum_of(counts);
  if (all == 0) {
    audit.add("text-vocabulary", Severity::kError, "the training part holds no word",
              {{"words", 0}});
    return;
  }
  const auto words = ranked(counts);
  const auto once =
      std::count_if(words.begin(), words.end(), [](const auto& word) { return word.second == 1; });
  audit.add("text-vocabulary", Severity::kInfo,
            grouped(all) + " words of training text, " + count_of(words.size()) +
                " different, of which " + grouped(once) + " occur once; half the lines have " +
                pretty_number(median_length(audit)) + " words or more",
            {{"words", all},
             {"different", words.size()},
             {"once", once},
             {"median_length", median_length(audit)}});
  artefact::Table table{
      "words", "Most frequent words", {"word", "count", "share"}, {false, true, true}, {}, ""};
  for (std::size_t i = 0; i < std::min(kShownWords, words.size()); ++i) {
    table.rows.push_back(
        {words[i].first, grouped(words[i].second),
         percent(static_cast<double>(words[i].second) / static_cast<double>(all))});
  }
  audit.result.tables.push_back(std::move(table));
  audit.result.figures.push_back(rank_figure(words));
  check_rare_words(audit, once, all);
}

void check_new_words(Audit& audit) {
  const WordCounts known = data::count_words(audit.samples(), audit.train());
  for (const Part part : {Part::kValidation, Part::kTest}) {
    const WordCounts counts = data::count_words(audit.samples(), audit.rows(part));
    std::int64_t unknown = 0;
    std::string most;
    std::int64_t most_count = 0;
    for (const auto& [word, count] : counts) {
      if (known.count(word) > 0) continue;
      unknown += count;
      if (count > most_count) most = word, most_count = count;
    }
    const std::int64_t all = sum_of(counts);
    const double share = all == 0 ? 0 : static_cast<double>(unknown) / static_cast<double>(all);
    if (share <= audit.limits().new_words) continue;
    audit.add("text-new-words", Severity::kWarn,
              percent(share) + " of the " + data::to_string(part) +
                  " part's words do not occur in the training part, most often '" + most + "'",
              {{"part", data::to_string(part)}, {"share", share}, {"most", most}});
  }
}

}  // namespace dlwork::phase::audit
