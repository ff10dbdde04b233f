#include "data/jpeg.h"

#include <cstdint>
#include <set>
#include <string_view>

#include "data/numbers_at.h"

namespace dlwork::data {
namespace {

enum Marker : std::uint32_t {
  kGiveTables = 0xC4,
  kFirstRestart = 0xD0,
  kStart = 0xD8,
  kEnd = 0xD9,
  kScan = 0xDA,
  kApplication1 = 0xE1,
  kFilling = 0xFF
};

/// As the decoder sees it: with filling bytes before the marker.
bool is_jpeg(const std::string& bytes) {
  const std::size_t first = bytes.find_first_not_of('\xFF');
  return first != 0 && first != std::string::npos && bytes[first] == '\xD8';
}

/// A byte of the picture, or a marker that has no segment.
bool stands_alone(std::uint32_t marker) {
  return marker <= 0x01 || (marker >= kFirstRestart && marker <= kStart);
}

/// The Huffman tables that a file gives and those that its scans go by.
class HuffmanTables {
 public:
  explicit HuffmanTables(std::string_view bytes) : numbers_(bytes, false) {}

  /// A segment of tables (annex B.2.4.2): whether none has more codes than there are bytes.
  bool give(std::size_t at) {
    constexpr std::uint32_t kMostCodes = 256;
    constexpr std::size_t kLengths = 16;
    const std::size_t end = at + number(at, 2);
    for (at += 2; at < end;) {
      std::uint32_t codes = 0;
      for (std::size_t i = 1; i <= kLengths; ++i) codes += number(at + i, 1);
      if (codes > kMostCodes) return false;
      given_.insert(number(at, 1));
      at += 1 + kLengths + codes;
    }
    return true;
  }

  /// The head of a scan (annex B.2.3): whether the tables it names were given. Scans of the lowest
  /// frequency need one of it, but for those that only refine it; of others, one of these.
  bool has_for(std::size_t at) const {
    constexpr std::uint32_t kOfOthers = 0x10;
    const std::uint32_t components = number(at + 2, 1);
    const std::size_t behind = at + 3 + 2 * components;
    const bool lowest = number(behind, 1) == 0 && number(behind + 2, 1) >> 4 == 0;
    const bool others = number(behind + 1, 1) > 0;
    for (std::size_t i = 0; i < components; ++i) {
      const std::uint32_t tables = number(at + 4 + 2 * i, 1);
      if (lowest && !given_.contains(tables >> 4)) return false;
      if (others && !given_.contains(kOfOthers | (tables & 0xF))) return false;
    }
    return true;
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t size) const {
    return numbers_.number(at, size).value_or(0);
  }

  NumbersAt numbers_;
  std::set<std::uint32_t> given_;  ///< class, the upper four bits, and number
};

/// Of the TIFF structure that Exif is.
std::optional<int> orientation_of(std::string_view tiff) {
  constexpr std::uint32_t kOrientationTag = 0x0112;
  constexpr int kLastOrientation = 8;
  if (tiff.substr(0, 2) != "II" && tiff.substr(0, 2) != "MM") return std::nullopt;
  const NumbersAt bytes(tiff, tiff[0] == 'I');
  const auto folder = bytes.number(4, 4);
  if (!folder) return std::nullopt;
  const auto entries = bytes.number(*folder, 2);
  for (std::uint32_t i = 0; entries && i < *entries; ++i) {
    const std::size_t at = std::size_t{*folder} + 2 + std::size_t{12} * i;
    const auto tag = bytes.number(at, 2);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const auto value = bytes.number(at + 8, 2);
    const bool known = value && *value >= 1 && *value <= kLastOrientation;
    return known ? std::optional<int>(*value) : std::nullopt;
  }
  return std::nullopt;
}

/// Of a segment that begins at `at`, its length first.
void note_segment(std::string_view bytes, std::uint32_t marker, std::size_t at, std::size_t length,
                  HuffmanTables& tables, JpegFacts& facts) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  if (marker == kGiveTables && !tables.give(at)) facts.false_codes = true;
  if (marker == kScan && !tables.has_for(at)) facts.false_codes = true;
  if (marker != kApplication1 || facts.orientation) return;
  const auto content = bytes.substr(at, length).substr(2);
  if (content.starts_with(kExif)) facts.orientation = orientation_of(content.substr(kExif.size()));
}

}  // namespace

/// Goes from marker to marker (annex B.1.1): what stands in segments, as the end marker of a
/// thumbnail, is not the picture's.
JpegFacts jpeg_facts(const std::string& bytes) {
  JpegFacts facts;
  if (!is_jpeg(bytes)) return facts;
  facts.ended = false;
  const NumbersAt numbers(bytes, false);
  HuffmanTables tables(bytes);
  for (std::size_t at = 2; (at = bytes.find('\xFF', at)) != std::string::npos;) {
    const auto marker = numbers.number(at + 1, 1);
    if (!marker) break;
    if (*marker == kEnd) {
      facts.ended = true;
      break;
    }
    if (*marker == kFilling) {
      ++at;
    } else if (stands_alone(*marker)) {
      at += 2;
    } else {
      const auto length = numbers.number(at + 2, 2);
      if (!length || *length < 2) break;
      note_segment(bytes, *marker, at + 2, *length, tables, facts);
      at += 2 + *length;
    }
  }
  return facts;
}

}  // namespace dlwork::data
