#include "phase/diagnose/sprite.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/png.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr std::int64_t kMostTile = 32;  // pixels

/// Every `step`th pixel of each picture.
Sprite thinned(const data::Pictures& pictures, const std::vector<std::int64_t>& rows,
               std::int64_t step) {
  const auto count = static_cast<double>(rows.size());
  Sprite sprite{"", (pictures.width + step - 1) / step, (pictures.height + step - 1) / step,
                static_cast<std::int64_t>(std::ceil(std::sqrt(count)))};
  // Pictures with other numbers of channels show their first as grey.
  const int channels = pictures.channels == 3 ? 3 : 1;
  const std::int64_t stride = sprite.columns * sprite.width;
  const std::int64_t plane = pictures.width * pictures.height;
  std::vector<std::uint8_t> pixels(stride * sprite.columns * sprite.height * channels, 0);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rows.size()); ++i) {
    const std::int64_t left = i % sprite.columns * sprite.width;
    const std::int64_t top = i / sprite.columns * sprite.height;
    const std::uint8_t* source = pictures.at(rows[i]);
    for (std::int64_t y = 0; y < sprite.height; ++y) {
      for (std::int64_t x = 0; x < sprite.width; ++x) {
        for (int c = 0; c < channels; ++c) {
          pixels[((top + y) * stride + left + x) * channels + c] =
              source[c * plane + y * step * pictures.width + x * step];
        }
      }
    }
  }
  sprite.png = png_bytes(stride, sprite.columns * sprite.height, channels, pixels.data());
  return sprite;
}

}  // namespace

Sprite sprite_of(const data::Pictures& pictures, const std::vector<std::int64_t>& rows,
                 std::size_t most_bytes) {
  const std::int64_t longer = std::max(pictures.width, pictures.height);
  std::int64_t step = std::max<std::int64_t>(1, (longer + kMostTile - 1) / kMostTile);
  Sprite sprite = thinned(pictures, rows, step);
  while (sprite.png.size() > most_bytes && step < longer) sprite = thinned(pictures, rows, ++step);
  return sprite;
}

}  // namespace dlwork::phase::diagnose
