#pragma once

#include <cstdint>
#include <string>
#include <vector>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

/// JPEG files that tests make.
namespace dlwork::testing {

/// `pixels`: rows of interleaved channels, 1 or 3.
inline std::string jpeg(const std::vector<std::uint8_t>& pixels, int width, int height,
                        int channels) {
  std::string bytes;
  constexpr int kQuality = 95;
  stbi_write_jpg_to_func(
      [](void* text, void* data, int size) {
        static_cast<std::string*>(text)->append(static_cast<const char*>(data),
                                                static_cast<std::size_t>(size));
      },
      &bytes, width, height, channels, pixels.data(), kQuality);
  return bytes;
}

/// The file with Exif that says how it is to be laid down; `order` "II" or "MM".
inline std::string with_orientation(const std::string& bytes, int orientation,
                                    const std::string& order = "II") {
  const auto number = [&](std::uint32_t value, int size) {
    std::string text;
    for (int i = 0; i < size; ++i) {
      text += static_cast<char>(value >> (8 * (order == "II" ? i : size - 1 - i)));
    }
    return text;
  };
  const std::string tiff = order + number(42, 2) + number(8, 4) + number(2, 2) +  // two entries
                           number(0x010F, 2) + number(2, 2) + number(2, 4) + number(0, 4) +
                           number(0x0112, 2) + number(3, 2) + number(1, 4) +
                           number(static_cast<std::uint32_t>(orientation), 2) + number(0, 2) +
                           number(0, 4);
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  const auto length = static_cast<std::uint32_t>(exif.size() + 2);
  return bytes.substr(0, 2) + "\xFF\xE1" + static_cast<char>(length >> 8) +
         static_cast<char>(length & 255) + exif + bytes.substr(2);
}

}  // namespace dlwork::testing
