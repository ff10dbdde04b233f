#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/training/learner.h"

namespace dlwork::training {

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
/// its edits, and how many parts the reference has.
Outputs word_edits(const std::vector<Transcript>& transcripts);
Outputs character_edits(const std::vector<Transcript>& transcripts);

}  // namespace dlwork::training
