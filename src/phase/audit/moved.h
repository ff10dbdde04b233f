#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::audit {

/// An eighth of a side, at most this many pixels, is how far pictures may be moved.
inline constexpr std::int64_t kMostMoved = 8;

/// Pairs of pictures, the earlier row first, of which one is the other moved, up to what comes in
/// at its edges: the middle of one, all but an eighth at each side, is found pixel for pixel
/// elsewhere in the other. Finds what random cropping with padding makes (as is usual for CIFAR),
/// not what is scaled afterwards. Middles without texture are left out, and so are equal pictures.
/// Windows are found by rolling hashes (Karp and Rabin 1987), so that the time is O(pixels).
std::vector<std::pair<std::int64_t, std::int64_t>> find_moved(const data::Pictures& pictures);

}  // namespace dlwork::phase::audit
