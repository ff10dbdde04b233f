#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

}  // namespace dlwork::training
