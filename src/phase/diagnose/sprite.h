#pragma once

#include <string>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::diagnose {

/// Pictures of samples side by side in one square PNG, row by row, each a tile.
struct Sprite {
  std::string png;
  std::int64_t width = 0, height = 0;  ///< of a tile, in pixels
  std::int64_t columns = 0;            ///< tiles in a row
};
/// Tiles have at most 32 pixels a side and the whole at most `most_bytes`, so that a page can hold
/// it: pictures are thinned until it fits. At least one row.
Sprite sprite_of(const data::Pictures& pictures, const std::vector<std::int64_t>& rows,
                 std::size_t most_bytes);

}  // namespace dlwork::phase::diagnose
