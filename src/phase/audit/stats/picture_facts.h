#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::audit {

/// Figures of one picture, of its brightness scaled to 0 to 1 where not said otherwise. Brightness
/// of a colour picture is 0.299 R + 0.587 G + 0.114 B.
struct PictureFacts {
  float brightness = 0;  ///< mean
  float contrast = 0;    ///< 5th to 95th percentile
  float low = 0;         ///< 5th percentile
  float high = 0;        ///< 99th percentile
  float entropy = 0;     ///< of 256 grey levels, in bits
  float sharpness = 0;   ///< variance of the Laplacian (4 neighbours) inside the picture
  float clipped = 0;     ///< share of pixels at 255 in every channel
  float border = 0;      ///< greatest share of a side that is constant rows or columns at one edge
  bool grey = false;     ///< equal channels in every pixel
  std::array<float, 3> channels{};  ///< mean of each
};
PictureFacts picture_facts(const data::Pictures& pictures, std::int64_t row);

/// The figures that are compared between classes and parts, by name.
struct PictureProperty {
  const char* name;
  float (*of)(const PictureFacts&);
  bool colour;  ///< of pictures with three channels alone
};
const std::vector<PictureProperty>& picture_properties();

/// Perceptual hash: brightness as means of 32 x 32 cells, discrete cosine transform, the 64 lowest
/// coefficients against the median of those but the first (Zauner 2010).
std::uint64_t perceptual_hash(const data::Pictures& pictures, std::int64_t row);

/// Brightness as means of side x side cells (cells of pictures smaller than that repeat pixels),
/// row by row.
std::vector<float> shrunk_brightness(const data::Pictures& pictures, std::int64_t row,
                                     std::int64_t side);

}  // namespace dlwork::phase::audit
