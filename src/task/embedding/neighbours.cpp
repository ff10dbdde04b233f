#include "task/embedding/neighbours.h"

#include <algorithm>

#include "dlwork/base/hash.h"

namespace dlwork::task {
namespace {

constexpr std::int64_t kJudgedWindow = 5;
constexpr std::int64_t kJudgedDraws = 5;
constexpr float kNothingKnown = 0.5f;

}  // namespace

Neighbours judged_neighbours(const Vocabulary& vocabulary, const data::Samples& samples,
                             const std::vector<std::int64_t>& rows) {
  const NoiseWords noise(vocabulary);
  Neighbours neighbours;
  neighbours.drawn = kJudgedDraws;
  for (const auto row : rows) {
    const auto codes = vocabulary.encode(samples.texts[row]);
    const auto length = static_cast<std::int64_t>(codes.size());
    Rng rng(hash64(codes.data(), codes.size() * sizeof(std::int32_t)), "judged neighbours");
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t j = std::max<std::int64_t>(0, i - kJudgedWindow);
           j <= std::min(length - 1, i + kJudgedWindow); ++j) {
        if (i == j) continue;
        neighbours.centres.push_back(codes[i]);
        neighbours.others.push_back(codes[j]);
        for (std::int64_t draw = 0; draw < kJudgedDraws; ++draw) {
          neighbours.others.push_back(noise.draw(rng, codes[j]));
        }
      }
    }
    neighbours.ends.push_back(neighbours.pairs());
  }
  return neighbours;
}

training::Outputs preferences(const Neighbours& neighbours, const std::vector<float>& scores) {
  training::Outputs outputs{static_cast<std::int64_t>(neighbours.ends.size()), 1, {}};
  const std::int64_t width = 1 + neighbours.drawn;
  std::int64_t pair = 0;
  for (const auto end : neighbours.ends) {
    const std::int64_t begin = pair;
    double preferred = 0;
    for (; pair < end; ++pair) {
      const float* of_pair = scores.data() + pair * width;
      for (std::int64_t draw = 1; draw < width; ++draw) {
        preferred += of_pair[0] > of_pair[draw] ? 1 : of_pair[0] == of_pair[draw] ? 0.5 : 0;
      }
    }
    const auto cases = static_cast<double>((end - begin) * neighbours.drawn);
    outputs.values.push_back(cases > 0 ? static_cast<float>(preferred / cases) : kNothingKnown);
  }
  return outputs;
}

}  // namespace dlwork::task
