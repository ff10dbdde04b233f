#include "dlwork/base/png.h"

#include <zlib.h>

#include "dlwork/base/error.h"

namespace dlwork {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::int64_t read_big_endian(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char byte : bytes) value = value * 256 + static_cast<unsigned char>(byte);
  return value;
}

/// Length, type, content and check sum (PNG specification, section 5.3).
std::string chunk(const std::string& type, const std::string& content) {
  const std::string checked = type + content;
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(static_cast<std::uint32_t>(content.size())) + checked +
         big_endian(static_cast<std::uint32_t>(sum));
}

std::string packed(const std::string& lines) {
  uLongf size = compressBound(static_cast<uLong>(lines.size()));
  std::string bytes(size, '\0');
  const int failure = compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                                reinterpret_cast<const Bytef*>(lines.data()),
                                static_cast<uLong>(lines.size()), Z_DEFAULT_COMPRESSION);
  if (failure != Z_OK) throw Error(ExitStatus::kRuntime, "cannot pack a picture: out of memory");
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string png_bytes(std::int64_t width, std::int64_t height, int channels,
                      const std::uint8_t* pixels) {
  DLWORK_ASSERT(width > 0 && height > 0, "an empty picture");
  DLWORK_ASSERT(channels == 1 || channels == 3 || channels == 4, "1, 3 or 4 channels");
  const std::int64_t stride = width * channels;
  std::string lines;
  lines.reserve(static_cast<std::size_t>((stride + 1) * height));
  for (std::int64_t y = 0; y < height; ++y) {
    lines += '\0';  // no filter
    lines.append(reinterpret_cast<const char*>(pixels + y * stride),
                 static_cast<std::size_t>(stride));
  }
  const char colour = channels == 1 ? 0 : channels == 3 ? 2 : 6;
  std::string header = big_endian(static_cast<std::uint32_t>(width)) +
                       big_endian(static_cast<std::uint32_t>(height));
  header += {8, colour, 0, 0, 0};
  return std::string(kSignature) + chunk("IHDR", header) + chunk("IDAT", packed(lines)) +
         chunk("IEND", "");
}

PngSize png_size(std::string_view bytes) {
  if (!bytes.starts_with(kSignature) || bytes.size() < 24) return {};
  return {read_big_endian(bytes.substr(16, 4)), read_big_endian(bytes.substr(20, 4))};
}

}  // namespace dlwork
