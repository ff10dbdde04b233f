#include "phase/features/shrink.h"

#include <algorithm>

namespace dlwork::phase {
namespace {

std::int64_t blocks(std::int64_t side, std::int64_t block) { return (side + block - 1) / block; }

std::int64_t block_side(const data::Pictures& pictures) {
  std::int64_t block = 1;
  while (pictures.channels * blocks(pictures.height, block) * blocks(pictures.width, block) >
             kMostPictureFeatures &&
         block < std::max(pictures.height, pictures.width)) {
    ++block;
  }
  return block;
}

/// Means of the blocks of one channel [height, width]; blocks at the far edges may be smaller.
void shrink_plane(const std::uint8_t* plane, const data::Pictures& pictures, std::int64_t block,
                  float* out) {
  for (std::int64_t top = 0; top < pictures.height; top += block) {
    const std::int64_t bottom = std::min(top + block, pictures.height);
    for (std::int64_t left = 0; left < pictures.width; left += block) {
      const std::int64_t right = std::min(left + block, pictures.width);
      std::int64_t sum = 0;
      for (std::int64_t y = top; y < bottom; ++y) {
        for (std::int64_t x = left; x < right; ++x) sum += plane[y * pictures.width + x];
      }
      const auto count = static_cast<float>((bottom - top) * (right - left));
      *out++ = static_cast<float>(sum) / (255.0f * count);
    }
  }
}

}  // namespace

ShrunkPictures shrink(const data::Pictures& pictures, const std::vector<std::int64_t>& rows) {
  ShrunkPictures shrunk;
  shrunk.block = block_side(pictures);
  const std::int64_t plane =
      blocks(pictures.height, shrunk.block) * blocks(pictures.width, shrunk.block);
  shrunk.columns = pictures.channels * plane;
  shrunk.values.resize(rows.size() * shrunk.columns);
  float* out = shrunk.values.data();
  for (const auto row : rows) {
    const std::uint8_t* picture = pictures.at(row);
    for (std::int64_t channel = 0; channel < pictures.channels; ++channel) {
      shrink_plane(picture + channel * pictures.height * pictures.width, pictures, shrunk.block,
                   out);
      out += plane;
    }
  }
  return shrunk;
}

}  // namespace dlwork::phase
