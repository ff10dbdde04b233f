#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dlwork {

/// A PNG file of 8 bits a channel: `channels` is 1 (grey), 3 (red, green, blue) or 4 (and opacity).
/// pixels: [height, width, channels].
std::string png_bytes(std::int64_t width, std::int64_t height, int channels,
                      const std::uint8_t* pixels);

/// Width and height of a PNG file by its header, or {0, 0} where it is none.
struct PngSize {
  std::int64_t width = 0, height = 0;
};
PngSize png_size(std::string_view bytes);

}  // namespace dlwork
