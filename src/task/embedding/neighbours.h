#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dlwork/training/learner.h"
#include "task/embedding/vocabulary.h"

namespace dlwork::task {

/// Words beside each other in lines, each with words drawn instead of the neighbour.
struct Neighbours {
  std::int64_t drawn = 0;             ///< words drawn for each pair
  std::vector<std::int64_t> centres;  ///< [pairs]
  std::vector<std::int64_t> others;   ///< [pairs, 1 + drawn]: the true neighbour first
  std::vector<std::int64_t> ends;     ///< pairs up to the end of each line
  std::int64_t pairs() const { return static_cast<std::int64_t>(centres.size()); }
};

/// How lines are judged: neighbours up to 5 words away, 5 drawn words each, whatever a model was
/// trained with, so that models compare. A line's draws depend on its words alone.
Neighbours judged_neighbours(const Vocabulary& vocabulary, const data::Samples& samples,
                             const std::vector<std::int64_t>& rows);

/// How likely a model takes each other word of each centre: as many numbers as `others`.
using ScoreWords = std::function<std::vector<float>(const Neighbours&)>;

/// For each line the share of cases in which the true neighbour scores above the drawn word, a tie
/// being half a case; 0.5 for a line with fewer than two known words.
training::Outputs preferences(const Neighbours& neighbours, const std::vector<float>& scores);

}  // namespace dlwork::task
