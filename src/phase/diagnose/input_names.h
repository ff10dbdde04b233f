#pragma once

#include <string>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::diagnose {

/// What a network can be shown without: the columns of a table, by name, or the channels of series,
/// "channel 1" and so on.
std::vector<std::string> input_names(const data::Samples& samples);

}  // namespace dlwork::phase::diagnose
