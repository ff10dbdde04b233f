#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::data {

/// A picture as decoders give it: rows of interleaved channels.
struct RawPicture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels;
};

/// The picture at another size: each new pixel is a weighted mean of those it covers, with weights
/// that fall linearly from its middle (Pillow's BILINEAR, which spreads the weights when it makes
/// smaller, so that no pixel is left out). First along rows, then along columns.
RawPicture resized(const RawPicture& picture, std::int64_t height, std::int64_t width);

}  // namespace dlwork::data
