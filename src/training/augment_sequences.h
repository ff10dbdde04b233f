#pragma once

#include <cstdint>

#include "dlwork/base/rng.h"
#include "dlwork/spec/project.h"

namespace dlwork::training {

struct SequenceSize {
  std::int64_t steps;  ///< of this sequence, without what fills it up
  std::int64_t channels;
};

/// Some that stand side by side.
struct Run {
  std::int64_t begin, end;
  std::int64_t length() const { return end - begin; }
};
/// At least 2 of `steps`, at most this share of them left out.
Run draw_window(double most_left_out, std::int64_t steps, Rng& rng);
/// At most `most` of `count`.
Run draw_run(std::int64_t most, std::int64_t count, Rng& rng);

/// What is added to one value of a table or a sequence.
inline float draw_noise(const spec::Augment& augment, Rng& rng) {
  return static_cast<float>(augment.noise * rng.normal());
}

/// Draws how a sequence is changed and tells `change`, in the order in which it is to be done: a
/// window of it is stretched to its length (`crop`), each channel is multiplied (`magnitude`),
/// noise is added to each value, and runs of steps and of channels are set to the mean (Park et
/// al., SpecAugment, 2019, sections 2.2 and 2.3; Um et al. 2017 for the others).
template <class Change>
void draw_change(const spec::Augment& augment, SequenceSize size, Rng& rng, Change change) {
  if (augment.crop > 0 && size.steps > 2) {
    change.stretch(draw_window(augment.crop, size.steps, rng));
  }
  if (augment.magnitude > 0) {
    for (std::int64_t c = 0; c < size.channels; ++c) {
      change.multiply(c, static_cast<float>(1 + augment.magnitude * rng.normal()));
    }
  }
  if (augment.noise > 0) {
    for (std::int64_t i = 0; i < size.steps * size.channels; ++i) {
      change.add(i, draw_noise(augment, rng));
    }
  }
  if (augment.time_mask > 0) change.mask_steps(draw_run(augment.time_mask, size.steps, rng));
  if (augment.channel_mask > 0) {
    change.mask_channels(draw_run(augment.channel_mask, size.channels, rng));
  }
}

/// Changes a prepared sequence in place at random: values [steps, channels], standardised, so that
/// 0 is the mean.
void augment_sequence(const spec::Augment& augment, SequenceSize size, Rng& rng, float* values);

}  // namespace dlwork::training
