#pragma once

#include <vector>

#include "dlwork/spec/layers.h"

namespace dlwork::phase::diagnose {

/// The layers with `factor` times the units and channels, at least 1, rounded to a multiple of a
/// convolution's groups. The output layer stays.
std::vector<spec::LayerSpec> scaled_width(std::vector<spec::LayerSpec> layers, double factor);

}  // namespace dlwork::phase::diagnose
