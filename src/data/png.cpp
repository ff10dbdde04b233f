#include "dlwork/data/png.h"

#include <zlib.h>

#include <string>

#include "dlwork/base/error.h"
#include "dlwork/base/files.h"

namespace dlwork::data {
namespace {

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// Length, type, content and check sum (PNG specification, section 5.3).
std::string chunk(const std::string& type, const std::string& content) {
  const std::string checked = type + content;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(static_cast<std::uint32_t>(content.size())) + checked +
         big_endian(static_cast<std::uint32_t>(sum));
}

/// Rows of interleaved channels, each behind its filter type 0.
std::string scanlines(const Pictures& pictures, std::int64_t index, int zoom, int channels) {
  const std::uint8_t* pixels = pictures.at(index);
  const std::int64_t plane = pictures.height * pictures.width;
  std::string lines;
  for (std::int64_t y = 0; y < pictures.height; ++y) {
    std::string line(1, '\0');
    for (std::int64_t x = 0; x < pictures.width * zoom; ++x) {
      for (int c = 0; c < channels; ++c) {
        line += static_cast<char>(pixels[c * plane + y * pictures.width + x / zoom]);
      }
    }
    for (int copy = 0; copy < zoom; ++copy) lines += line;
  }
  return lines;
}

}  // namespace

void write_png(const Pictures& pictures, std::int64_t index, const std::filesystem::path& file,
               int zoom) {
  // Pictures with other numbers of channels show their first as grey.
  const int channels = pictures.channels == 3 ? 3 : 1;
  const std::string lines = scanlines(pictures, index, zoom, channels);
  uLongf size = compressBound(static_cast<uLong>(lines.size()));
  std::string packed(size, '\0');
  const int failure = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                                reinterpret_cast<const Bytef*>(lines.data()),
                                static_cast<uLong>(lines.size()), Z_DEFAULT_COMPRESSION);
  if (failure != Z_OK) {
    throw Error(ExitStatus::kRuntime, "cannot pack " + file.string() + ": out of memory");
  }
  packed.resize(size);
  constexpr char kGrey = 0, kColour = 2;
  std::string header = big_endian(static_cast<std::uint32_t>(pictures.width * zoom)) +
                       big_endian(static_cast<std::uint32_t>(pictures.height * zoom));
  header += {8, channels == 3 ? kColour : kGrey, 0, 0, 0};
  write_file(file, std::string("\x89PNG\r\n\x1a\n") + chunk("IHDR", header) +
                       chunk("IDAT", packed) + chunk("IEND", ""));
}

}  // namespace dlwork::data
