#include "data/exif.h"

#include <cstdint>
#include <string_view>

#include "data/numbers_at.h"

namespace dlwork::data {
namespace {

constexpr int kUpright = 1;
constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr int kLastOrientation = 8;

/// Of the TIFF structure that Exif is.
int orientation_of(std::string_view tiff) {
  if (tiff.substr(0, 2) != "II" && tiff.substr(0, 2) != "MM") return kUpright;
  const NumbersAt bytes(tiff, tiff[0] == 'I');
  const auto folder = bytes.number(4, 4);
  if (!folder) return kUpright;
  const auto entries = bytes.number(*folder, 2);
  for (std::uint32_t i = 0; entries && i < *entries; ++i) {
    const std::size_t at = std::size_t{*folder} + 2 + std::size_t{12} * i;
    const auto tag = bytes.number(at, 2);
    if (!tag) return kUpright;
    if (*tag != kOrientationTag) continue;
    const auto value = bytes.number(at + 8, 2);
    const bool known = value && *value >= 1 && *value <= kLastOrientation;
    return known ? static_cast<int>(*value) : kUpright;
  }
  return kUpright;
}

}  // namespace

int exif_orientation(const std::string& text) {
  const std::string_view all(text);
  if (all.substr(0, 2) != "\xFF\xD8") return kUpright;
  const NumbersAt bytes(all, false);
  for (std::size_t at = 2;;) {
    const auto marker = bytes.number(at, 2), length = bytes.number(at + 2, 2);
    // The picture itself starts at 0xFFDA; what is said of it stands before.
    if (!marker || !length || *marker < 0xFF00 || *marker == 0xFFDA || *length < 2) return kUpright;
    const std::string_view segment = all.substr(at + 4, *length - 2);
    constexpr std::string_view kExif("Exif\0\0", 6);
    if (*marker == 0xFFE1 && segment.substr(0, kExif.size()) == kExif) {
      return orientation_of(segment.substr(kExif.size()));
    }
    at += 2 + *length;
  }
}

}  // namespace dlwork::data
