#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::phase::audit {

/// Where to cut a list of numbers so that the pieces differ in their classes, ascending: the cut
/// that takes most entropy away, again in each piece, until a cut's gain does not pay for
/// describing it (Fayyad and Irani 1993, minimum description length). NaN is left out. A value
/// equal to a cut belongs to the piece below it.
std::vector<double> class_cuts(const std::vector<double>& values,
                               const std::vector<std::int32_t>& classes, std::size_t class_count);

}  // namespace dlwork::phase::audit
