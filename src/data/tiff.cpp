#include "data/tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

namespace dlwork::data {
namespace {

constexpr int kMostBits = 16;
constexpr int kMostSamples = 4;
/// Bytes of one strip or tile at most; more would let a number in the head ask for the memory.
constexpr std::uint64_t kMostStrip = std::uint64_t{1} << 29;

/// The bytes of a file as libtiff reads them.
struct Memory {
  const std::string& bytes;
  std::size_t at = 0;
};

tmsize_t read_memory(thandle_t handle, void* out, tmsize_t size) {
  auto& memory = *static_cast<Memory*>(handle);
  const std::size_t left = memory.bytes.size() - memory.at;
  const std::size_t step = std::min(left, static_cast<std::size_t>(std::max<tmsize_t>(size, 0)));
  std::memcpy(out, memory.bytes.data() + memory.at, step);
  memory.at += step;
  return static_cast<tmsize_t>(step);
}

tmsize_t refuse_write(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(handle);
  const toff_t base = whence == SEEK_CUR ? memory.at : whence == SEEK_END ? memory.bytes.size() : 0;
  memory.at = static_cast<std::size_t>(std::min<toff_t>(base + offset, memory.bytes.size()));
  return memory.at;
}

int close_memory(thandle_t) { return 0; }
toff_t size_memory(thandle_t handle) { return static_cast<Memory*>(handle)->bytes.size(); }

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

Tiff open(Memory& memory) {
  // What is wrong is told by the callers, with the file's name.
  static std::once_flag quiet;
  std::call_once(quiet, [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
  });
  return {TIFFClientOpen("picture", "rm", &memory, read_memory, refuse_write, seek_memory,
                         close_memory, size_memory, nullptr, nullptr),
          &TIFFClose};
}

bool find_tiff_size(TIFF* tiff, PictureSize& size) {
  std::uint32_t width = 0, height = 0;
  std::uint16_t samples = 1, bits = 1;
  if (TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) != 1) return false;
  if (TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height) != 1) return false;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  std::uint16_t colours = PHOTOMETRIC_MINISBLACK;
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &colours);
  if (bits > kMostBits || samples < 1 || samples > kMostSamples) return false;
  constexpr std::uint32_t kMostSide = 1u << 30;
  if (width > kMostSide || height > kMostSide) return false;
  const bool grey = colours == PHOTOMETRIC_MINISBLACK || colours == PHOTOMETRIC_MINISWHITE;
  size = {static_cast<int>(width), static_cast<int>(height), grey ? (samples > 1 ? 2 : 1) : 3,
          std::max<int>(bits, 8)};
  return true;
}

}  // namespace

bool is_tiff(const std::string& bytes) {
  constexpr std::size_t kMagicBytes = 4;
  static const std::string kMagics[] = {{"II*\0", kMagicBytes},
                                        {"MM\0*", kMagicBytes},
                                        {"II+\0", kMagicBytes},  // larger than 4 GB
                                        {"MM\0+", kMagicBytes}};
  return std::any_of(std::begin(kMagics), std::end(kMagics), [&](const std::string& magic) {
    return bytes.compare(0, kMagicBytes, magic) == 0;
  });
}

bool tiff_size(const std::string& bytes, PictureSize& size) {
  Memory memory{bytes};
  const Tiff tiff = open(memory);
  return tiff != nullptr && find_tiff_size(tiff.get(), size);
}

bool decode_tiff(const std::string& bytes, int channels, RawPicture& picture) {
  Memory memory{bytes};
  const Tiff tiff = open(memory);
  PictureSize size;
  if (tiff == nullptr || !find_tiff_size(tiff.get(), size)) return false;
  const std::uint64_t strip =
      TIFFIsTiled(tiff.get()) != 0 ? TIFFTileSize64(tiff.get()) : TIFFStripSize64(tiff.get());
  if (strip == 0 || strip > kMostStrip) return false;
  const auto area = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  std::vector<std::uint32_t> pixels(area);
  constexpr int kStopOnError = 1;
  if (TIFFReadRGBAImageOriented(tiff.get(), static_cast<std::uint32_t>(size.width),
                                static_cast<std::uint32_t>(size.height), pixels.data(),
                                ORIENTATION_TOPLEFT, kStopOnError) != 1) {
    return false;
  }
  picture = {size.height, size.width, channels, {}};
  picture.pixels.resize(area * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < area; ++i) {
    const std::uint32_t red = TIFFGetR(pixels[i]), green = TIFFGetG(pixels[i]);
    const std::uint32_t blue = TIFFGetB(pixels[i]);
    if (channels == 1) {
      // As the decoder of PNG and JPEG weighs them.
      picture.pixels[i] = static_cast<std::uint8_t>((red * 77 + green * 150 + blue * 29) >> 8);
    } else {
      picture.pixels[3 * i] = static_cast<std::uint8_t>(red);
      picture.pixels[3 * i + 1] = static_cast<std::uint8_t>(green);
      picture.pixels[3 * i + 2] = static_cast<std::uint8_t>(blue);
    }
  }
  return true;
}

}  // namespace dlwork::data
