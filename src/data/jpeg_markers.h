#pragma once

#include <string_view>

#include "data/numbers_at.h"

namespace dlwork::data {

/// Goes from marker to marker (ITU-T T.81, annex B.1.1): what stands in segments, as the end marker
/// of a thumbnail, is not the picture's. `visit(marker, at)` is told each marker that has a segment
/// and where that begins, its length first. Whether the end marker was met.
template <class Visit>
bool walk_jpeg(std::string_view bytes, Visit visit) {
  const NumbersAt numbers(bytes, false);
  for (std::size_t at = 2;;) {
    at = bytes.find('\xFF', at);
    if (at == std::string_view::npos) return false;
    const auto marker = numbers.number(at + 1, 1);
    if (!marker) return false;
    if (*marker == 0xD9) return true;
    if (*marker == 0xFF) {  // a filling byte
      ++at;
    } else if (*marker <= 0x01 || (*marker >= 0xD0 && *marker <= 0xD8)) {
      at += 2;  // a byte of the picture, or a marker that stands alone
    } else {
      visit(*marker, at + 2);
      const auto length = numbers.number(at + 2, 2);
      if (!length || *length < 2) return false;
      at += 2 + *length;
    }
  }
}

}  // namespace dlwork::data
