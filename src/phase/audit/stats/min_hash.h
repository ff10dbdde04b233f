#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlwork::phase::audit {

/// Runs of `length` words of a text, hashed, each once, ascending; one run of all words where there
/// are fewer; none where there is no word.
std::vector<std::uint64_t> word_runs(const std::vector<std::string>& words, std::size_t length);

/// Shared to all elements of two ascending sets; 0 of two empty ones.
double jaccard(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

/// Of each set the most similar earlier one.
struct SetTwin {
  std::int64_t earlier = -1;  ///< none
  double similarity = 0;      ///< Jaccard index
};
/// Candidates by MinHash (Broder 1997; 128 hashes in 16 bands of 8, which finds a pair of index 0.8
/// with 95 % and of 0.9 with 99.99 %), each confirmed on the sets themselves, so that no pair is
/// told that is not similar. Pairs below `least` are not told. `groups`, where given, by set and
/// ascending: only sets of earlier groups are compared with.
std::vector<SetTwin> similar_sets(const std::vector<std::vector<std::uint64_t>>& sets, double least,
                                  std::uint64_t seed, const std::vector<int>& groups = {});

}  // namespace dlwork::phase::audit
