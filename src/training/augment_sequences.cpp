#include "training/augment_sequences.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace dlwork::training {
namespace {

/// Stretches a random window back to the whole length by linear interpolation.
void crop(double most, SequenceSize size, Rng& rng, float* values) {
  const double left_out = rng.uniform(0, most) * static_cast<double>(size.steps);
  const std::int64_t kept =
      std::max<std::int64_t>(2, size.steps - static_cast<std::int64_t>(left_out));
  if (kept >= size.steps) return;
  const auto start =
      static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size.steps - kept + 1)));
  const std::vector<float> window(values + start * size.channels,
                                  values + (start + kept) * size.channels);
  const double scale = static_cast<double>(kept - 1) / static_cast<double>(size.steps - 1);
  for (std::int64_t t = 0; t < size.steps; ++t) {
    const double place = static_cast<double>(t) * scale;
    const auto before = std::min(static_cast<std::int64_t>(place), kept - 2);
    const auto share = static_cast<float>(place - static_cast<double>(before));
    const float* a = window.data() + before * size.channels;
    for (std::int64_t c = 0; c < size.channels; ++c) {
      values[t * size.channels + c] = (1 - share) * a[c] + share * a[size.channels + c];
    }
  }
}

/// A run of at most `most` of `count`: its beginning and end.
struct Run {
  std::int64_t begin, end;
};
Run draw_run(std::int64_t most, std::int64_t count, Rng& rng) {
  const auto longest = static_cast<std::uint64_t>(std::min(most, count));
  const auto length = static_cast<std::int64_t>(rng.below(longest + 1));
  const auto begin =
      static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(count - length + 1)));
  return {begin, begin + length};
}

}  // namespace

void augment_sequence(const spec::Augment& augment, SequenceSize size, Rng& rng, float* values) {
  const std::int64_t channels = size.channels, all = size.steps * channels;
  if (augment.crop > 0 && size.steps > 2) crop(augment.crop, size, rng, values);
  if (augment.magnitude > 0) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto factor = static_cast<float>(1 + augment.magnitude * rng.normal());
      for (std::int64_t i = c; i < all; i += channels) values[i] *= factor;
    }
  }
  if (augment.noise > 0) {
    for (std::int64_t i = 0; i < all; ++i)
      values[i] += static_cast<float>(augment.noise * rng.normal());
  }
  if (augment.time_mask > 0) {
    const Run run = draw_run(augment.time_mask, size.steps, rng);
    std::fill(values + run.begin * channels, values + run.end * channels, 0.0f);
  }
  if (augment.channel_mask > 0) {
    const Run run = draw_run(augment.channel_mask, channels, rng);
    for (std::int64_t t = 0; t < size.steps; ++t) {
      std::fill(values + t * channels + run.begin, values + t * channels + run.end, 0.0f);
    }
  }
}

}  // namespace dlwork::training
