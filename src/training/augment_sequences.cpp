#include "training/augment_sequences.h"

#include <algorithm>
#include <vector>

namespace dlwork::training {
namespace {

class ChangeInPlace {
 public:
  ChangeInPlace(SequenceSize size, float* values) : size_(size), values_(values) {}

  /// By linear interpolation.
  void stretch(Run run) {
    if (run.length() >= size_.steps) return;
    const std::int64_t channels = size_.channels;
    const std::vector<float> window(values_ + run.begin * channels, values_ + run.end * channels);
    const double scale =
        static_cast<double>(run.length() - 1) / static_cast<double>(size_.steps - 1);
    for (std::int64_t t = 0; t < size_.steps; ++t) {
      const double place = static_cast<double>(t) * scale;
      const auto before = std::min(static_cast<std::int64_t>(place), run.length() - 2);
      const auto share = static_cast<float>(place - static_cast<double>(before));
      const float* a = window.data() + before * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        values_[t * channels + c] = (1 - share) * a[c] + share * a[channels + c];
      }
    }
  }
  void multiply(std::int64_t channel, float factor) {
    const std::int64_t all = size_.steps * size_.channels;
    for (std::int64_t i = channel; i < all; i += size_.channels) values_[i] *= factor;
  }
  void add(std::int64_t place, float noise) { values_[place] += noise; }
  void mask_steps(Run run) {
    std::fill(values_ + run.begin * size_.channels, values_ + run.end * size_.channels, 0.0f);
  }
  void mask_channels(Run run) {
    for (std::int64_t t = 0; t < size_.steps; ++t) {
      float* step = values_ + t * size_.channels;
      std::fill(step + run.begin, step + run.end, 0.0f);
    }
  }

 private:
  SequenceSize size_;
  float* values_;
};

}  // namespace

Run draw_window(double most_left_out, std::int64_t steps, Rng& rng) {
  const double left_out = rng.uniform(0, most_left_out) * static_cast<double>(steps);
  const std::int64_t kept = std::max<std::int64_t>(2, steps - static_cast<std::int64_t>(left_out));
  if (kept >= steps) return {0, steps};
  const auto begin =
      static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(steps - kept + 1)));
  return {begin, begin + kept};
}

Run draw_run(std::int64_t most, std::int64_t count, Rng& rng) {
  const auto longest = static_cast<std::uint64_t>(std::min(most, count));
  const auto length = static_cast<std::int64_t>(rng.below(longest + 1));
  const auto begin =
      static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(count - length + 1)));
  return {begin, begin + length};
}

void augment_sequence(const spec::Augment& augment, SequenceSize size, Rng& rng, float* values) {
  draw_change(augment, size, rng, ChangeInPlace(size, values));
}

}  // namespace dlwork::training
