#include "data/decode.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>

#include "data/cut_media.h"
#include "data/jpeg.h"
#include "data/problem.h"
#include "data/resize.h"
#include "data/tiff.h"
#include "dlwork/base/files.h"
#include "dlwork/base/text.h"

namespace {

/// One allocation of the decoder at most: four 16-bit channels of the largest picture allowed.
/// Keeps a small file from unpacking into all of memory.
constexpr std::size_t kMostDecoderBytes = 1u << 29;

/// Zeros, so that tables which a file names and never gives are these.
void* decoder_allocate(std::size_t size) {
  return size > kMostDecoderBytes ? nullptr : std::calloc(size, 1);
}
void* decoder_reallocate(void* block, std::size_t size) {
  return size > kMostDecoderBytes ? nullptr : std::realloc(block, size);
}

}  // namespace

#define STBI_MALLOC(size) decoder_allocate(size)
#define STBI_REALLOC(block, size) decoder_reallocate(block, size)
#define STBI_FREE(block) std::free(block)
// A damaged Huffman table is the file's fault, after which it reads on within its tables.
#define STBI_ASSERT(holds) static_cast<void>(0)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace dlwork::data {
namespace {

constexpr std::int64_t kMostPixels = 1 << 26;
constexpr std::size_t kMostFileBytes = 1u << 30;
constexpr std::size_t kHead = 64u << 10;

const stbi_uc* as_bytes(const std::string& text) {
  return reinterpret_cast<const stbi_uc*>(text.data());
}

[[noreturn]] void unreadable(const std::string& path) {
  const char* reason = stbi_failure_reason();
  // After the last format's test the decoder says "unknown image type" whatever the first one
  // found.
  const bool known = reason != nullptr && std::string(reason) != "unknown image type";
  input_error(path, 0, 0,
              std::string("cannot be decoded as a picture: ") +
                  (known ? reason : "no PNG, JPEG, BMP or TIFF, damaged, or far too large"),
              "remove or replace the file");
}

void check_size(const std::string& path, const PictureSize& size) {
  if (size.width <= 0 || size.height <= 0 || std::int64_t{size.width} * size.height > kMostPixels) {
    input_error(path, 0, 0,
                "claims a size of " + std::to_string(size.width) + " x " +
                    std::to_string(size.height) + " pixels, more than is read",
                "make the picture smaller");
  }
}

struct Head {
  PictureSize size;
  JpegFacts jpeg;
};

/// What is known before the decoder is given the picture; nothing where the size is not found.
std::optional<Head> read_head(const std::string& path, const std::string& bytes) {
  Head head{{}, jpeg_facts(bytes)};
  if (head.jpeg.false_codes) {
    input_error(path, 0, 0, "cannot be decoded as a picture: its JPEG tables are damaged or missing",
                "remove or replace the file");
  }
  if (is_tiff(bytes)) return tiff_size(bytes, head.size) ? std::optional(head) : std::nullopt;
  const auto count = static_cast<int>(bytes.size());
  PictureSize& size = head.size;
  size.bits = stbi_is_16_bit_from_memory(as_bytes(bytes), count) != 0 ? 16 : 8;
  const bool found =
      stbi_info_from_memory(as_bytes(bytes), count, &size.width, &size.height, &size.channels) != 0;
  return found ? std::optional(head) : std::nullopt;
}

/// The decoder fills what is not there with grey or black.
void check_complete(const std::string& path, const std::string& bytes, const JpegFacts& jpeg) {
  if (jpeg.ended && !is_cut_bmp(bytes)) return;
  const std::string format = jpeg.ended ? "BMP" : "JPEG";
  input_error(path, 0, 0, "the " + format + " file ends before its picture does",
              "it is truncated; copy or download it again");
}

std::string read_picture_file(const std::string& path) {
  std::string bytes = read_file(path);
  if (bytes.empty()) input_error(path, 0, 0, "the file is empty");
  if (bytes.size() > kMostFileBytes) {
    input_error(path, 0, 0, "is larger than " + pretty_bytes(kMostFileBytes));
  }
  return bytes;
}

RawPicture decode(const std::string& path, const std::string& bytes, int channels) {
  RawPicture picture;
  if (is_tiff(bytes)) {
    if (!decode_tiff(bytes, channels, picture)) {
      input_error(path, 0, 0,
                  "cannot be decoded as a TIFF picture: it is damaged, or of a rare kind",
                  "remove or replace the file");
    }
    return picture;
  }
  PictureSize size;
  const std::unique_ptr<stbi_uc, decltype(&std::free)> pixels(
      stbi_load_from_memory(as_bytes(bytes), static_cast<int>(bytes.size()), &size.width,
                            &size.height, &size.channels, channels),
      &std::free);
  if (!pixels) unreadable(path);
  picture = {size.height, size.width, channels, {}};
  picture.pixels.assign(pixels.get(),
                        pixels.get() + std::int64_t{size.width} * size.height * channels);
  return picture;
}

}  // namespace

bool is_picture_name(const std::string& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return false;
  const std::string ending = lower(name.substr(dot));
  static constexpr const char* kEndings[] = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"};
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

PictureFile picture_file(const std::string& path) {
  std::string bytes(kHead, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  std::optional<Head> head;
  if (!bytes.empty()) head = read_head(path, bytes);
  // The size may stand behind a long comment or thumbnail; then the whole file is looked at.
  if (!head) head = read_head(path, read_picture_file(path));
  if (!head) unreadable(path);
  const PictureSize& size = head->size;
  check_size(path, size);
  return {size.width, size.height, size.channels, size.bits, head->jpeg.orientation.value_or(1)};
}

PictureSize picture_size(const std::string& path) {
  const PictureFile file = picture_file(path);
  return {file.width, file.height, file.channels, file.bits};
}

void decode_picture(const std::string& path, int channels, int width, int height, std::uint8_t* out,
                    Fit fit) {
  const std::string bytes = read_picture_file(path);
  const auto head = read_head(path, bytes);
  if (!head) unreadable(path);
  const PictureSize& size = head->size;
  check_size(path, size);
  check_complete(path, bytes, head->jpeg);
  const bool fits = size.width == width && size.height == height;
  if (!fits && fit == Fit::kExact) {
    input_error(path, 0, 0,
                "is " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                    " pixels, not " + std::to_string(width) + " x " + std::to_string(height),
                "resize the pictures to one size");
  }
  RawPicture picture = decode(path, bytes, channels);
  if (!fits) picture = resized(picture, height, width);
  const std::int64_t plane = std::int64_t{width} * height;
  for (std::int64_t i = 0; i < plane; ++i) {
    for (int c = 0; c < channels; ++c) out[c * plane + i] = picture.pixels[i * channels + c];
  }
}

}  // namespace dlwork::data
