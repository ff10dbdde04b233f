#include "training/distances.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <sstream>

#include "training/metric_functions.h"

namespace dlwork::training {

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

namespace {

/// Edits over all pairs as a share of the references' parts; the edits stand in the column `edits`,
/// the parts behind it.
double edit_share(const Outputs& pairs, std::int64_t edits) {
  double edited = 0, parts = 0;
  for (std::int64_t i = 0; i < pairs.rows; ++i) {
    edited += pairs.row(i)[edits];
    parts += pairs.row(i)[edits + 1];
  }
  return parts > 0 ? edited / parts : std::numeric_limits<double>::quiet_NaN();
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

Outputs edits_of(const std::vector<Transcript>& transcripts) {
  Outputs edits{static_cast<std::int64_t>(transcripts.size()), kEditColumns, {}};
  for (const Transcript& each : transcripts) {
    for (const auto& parts_of : {words_of, characters_of}) {
      const auto reference = parts_of(each.reference);
      const auto distance = edit_distance(reference, parts_of(each.hypothesis));
      edits.values.push_back(static_cast<float>(distance));
      edits.values.push_back(static_cast<float>(reference.size()));
    }
    edits.texts.push_back(each.hypothesis);
  }
  return edits;
}

double word_edit_share(const Outputs& pairs, const data::Target&, const MetricRows&) {
  return edit_share(pairs, 0);
}
double character_edit_share(const Outputs& pairs, const data::Target&, const MetricRows&) {
  return edit_share(pairs, 2);
}
double mean_word_edits(const Outputs& pairs, const data::Target&, const MetricRows&) {
  double edits = 0;
  for (std::int64_t i = 0; i < pairs.rows; ++i) edits += pairs.row(i)[0];
  return edits / static_cast<double>(pairs.rows);
}

double word_error_rate(const std::vector<Transcript>& transcripts) {
  return edit_share(edits_of(transcripts), 0);
}
double character_error_rate(const std::vector<Transcript>& transcripts) {
  return edit_share(edits_of(transcripts), 2);
}

}  // namespace dlwork::training
