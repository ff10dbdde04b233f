#pragma once

#include <vector>

#include "dlwork/spec/layers.h"

namespace dlwork::phase::diagnose {

/// The layers with `factor` times the units, channels and lengths of vectors, at least 1. The
/// output layer stays. What must divide them (groups, heads) shrinks to what still does, and to 1
/// where a concat adds the samples' own channels to scaled ones; what stands before a pixel_shuffle
/// keeps to the multiples it needs. Layers without a width of their own stay as they are, so the
/// result may equal what was given.
std::vector<spec::LayerSpec> scaled_width(std::vector<spec::LayerSpec> layers, double factor);

}  // namespace dlwork::phase::diagnose
