#include "dlwork/data/png.h"

#include <vector>

#include "dlwork/base/files.h"
#include "dlwork/base/png.h"

namespace dlwork::data {

void write_png(const Pictures& pictures, std::int64_t index, const std::filesystem::path& file,
               int zoom) {
  // Pictures with other numbers of channels show their first as grey.
  const int channels = pictures.channels == 3 ? 3 : 1;
  const std::int64_t width = pictures.width * zoom, height = pictures.height * zoom;
  const std::int64_t plane = pictures.height * pictures.width;
  const std::uint8_t* source = pictures.at(index);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height * channels));
  std::size_t at = 0;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels[at++] = source[c * plane + (y / zoom) * pictures.width + x / zoom];
      }
    }
  }
  write_file(file, png_bytes(width, height, channels, pixels.data()));
}

}  // namespace dlwork::data
