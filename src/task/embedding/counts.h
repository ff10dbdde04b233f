#pragma once

#include "task/embedding/neighbours.h"

namespace dlwork::task {

/// How often words stand within 5 words of each other, and what that says of two words: their
/// pointwise mutual information, ln p(a, b) / (p(a) p(b)), with a count of one half for pairs never
/// seen (Church and Hanks 1990; Levy and Goldberg 2014 show that skip-gram factorises it). What
/// word vectors have to beat.
class NeighbourCounts {
 public:
  NeighbourCounts(const Vocabulary& vocabulary, const data::Samples& samples,
                  const std::vector<std::int64_t>& rows);
  std::vector<float> scores(const Neighbours& neighbours) const;

 private:
  std::unordered_map<std::uint64_t, double> pairs_;
  std::vector<double> words_;  ///< pairs that a word is in
  double all_ = 0;
};

/// Scores by how often the other word occurs, whatever it stands beside.
std::vector<float> frequency_scores(const Vocabulary& vocabulary, const Neighbours& neighbours);

}  // namespace dlwork::task
