#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase {

/// Pictures as rows of numbers for methods that know no neighbourhoods: the mean of each block of
/// pixels, in [0, 1], blocks just large enough that a row holds at most `kMostPictureFeatures`.
struct ShrunkPictures {
  std::int64_t columns = 0;   ///< of a row: channels x height x width after shrinking
  std::int64_t block = 1;     ///< side of a block in pixels
  std::vector<float> values;  ///< rows.size() x columns, row-major
};
inline constexpr std::int64_t kMostPictureFeatures = 1024;

ShrunkPictures shrink(const data::Pictures& pictures, const std::vector<std::int64_t>& rows);

}  // namespace dlwork::phase
