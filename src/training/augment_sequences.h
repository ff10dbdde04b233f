#pragma once

#include <cstdint>

#include "dlwork/base/rng.h"
#include "dlwork/spec/project.h"

namespace dlwork::training {

/// Changes a prepared sequence in place at random: values [steps, channels], standardised, so that
/// 0 is the mean. In this order: a window of it is stretched to its length (`crop`), each channel
/// is multiplied (`magnitude`), noise is added, and runs of steps and of channels are set to the
/// mean (Park et al., SpecAugment, 2019, sections 2.2 and 2.3; Um et al. 2017 for the others).
struct SequenceSize {
  std::int64_t steps;  ///< of this sequence, without what fills it up
  std::int64_t channels;
};
void augment_sequence(const spec::Augment& augment, SequenceSize size, Rng& rng, float* values);

}  // namespace dlwork::training
