#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/training/learner.h"

namespace dlwork::training {

/// What a text is made of: words parted by blanks, or UTF-8 code points.
std::vector<std::string> words_of(const std::string& text);
std::vector<std::string> characters_of(const std::string& text);

/// Insertions, deletions and substitutions that turn one row of words into the other, fewest
/// (Levenshtein 1966).
std::int64_t edit_distance(const std::vector<std::string>& from,
                           const std::vector<std::string>& to);

/// Edits over all pairs divided by all words of the references; NaN without any. Words are parted
/// by blanks.
struct Transcript {
  std::string reference;
  std::string hypothesis;
};
double word_error_rate(const std::vector<Transcript>& transcripts);
/// The same by UTF-8 code points, blanks included.
double character_error_rate(const std::vector<Transcript>& transcripts);

/// Of each pair by itself, for the metrics word-error-rate, character-error-rate and edit-distance:
/// edits of words, words of the reference, edits of characters, characters of the reference. The
/// texts are the hypotheses.
Outputs edits_of(const std::vector<Transcript>& transcripts);
inline constexpr std::int64_t kEditColumns = 4;

}  // namespace dlwork::training
