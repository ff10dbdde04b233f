#include "task/embedding/counts.h"

#include <algorithm>
#include <cmath>

namespace dlwork::task {
namespace {

constexpr std::int64_t kCountedWindow = 5;
constexpr double kUnseen = 0.5;

std::uint64_t key_of(std::int64_t a, std::int64_t b) {
  return (static_cast<std::uint64_t>(a) << 32) | static_cast<std::uint64_t>(b);
}

}  // namespace

NeighbourCounts::NeighbourCounts(const Vocabulary& vocabulary, const data::Samples& samples,
                                 const std::vector<std::int64_t>& rows)
    : words_(vocabulary.size(), 0.0) {
  for (const auto row : rows) {
    const auto codes = vocabulary.encode(samples.texts[row]);
    const auto length = static_cast<std::int64_t>(codes.size());
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t j = std::max<std::int64_t>(0, i - kCountedWindow);
           j <= std::min(length - 1, i + kCountedWindow); ++j) {
        if (i == j) continue;
        pairs_[key_of(codes[i], codes[j])] += 1;
        words_[codes[i]] += 1;
        all_ += 1;
      }
    }
  }
}

std::vector<float> NeighbourCounts::scores(const Neighbours& neighbours) const {
  std::vector<float> scores;
  scores.reserve(neighbours.others.size());
  const std::int64_t width = 1 + neighbours.drawn;
  for (std::size_t i = 0; i < neighbours.others.size(); ++i) {
    const auto centre = neighbours.centres[static_cast<std::int64_t>(i) / width];
    const auto other = neighbours.others[i];
    const auto seen = pairs_.find(key_of(centre, other));
    const double together = seen == pairs_.end() ? kUnseen : seen->second;
    const double apart =
        std::max(words_[centre], kUnseen) * std::max(words_[other], kUnseen) / std::max(all_, 1.0);
    scores.push_back(static_cast<float>(std::log(together / apart)));
  }
  return scores;
}

std::vector<float> frequency_scores(const Vocabulary& vocabulary, const Neighbours& neighbours) {
  std::vector<float> scores;
  scores.reserve(neighbours.others.size());
  for (const auto other : neighbours.others) {
    scores.push_back(static_cast<float>(vocabulary.count(other)));
  }
  return scores;
}

}  // namespace dlwork::task
