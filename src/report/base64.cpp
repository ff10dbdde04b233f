#include "report/base64.h"

#include <algorithm>
#include <cstdint>

namespace dlwork::report {

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (size_t b = 0; b < 3; ++b) {
      group = (group << 8) | (b < count ? static_cast<unsigned char>(bytes[i + b]) : 0u);
    }
    for (size_t d = 0; d < 4; ++d) {
      text += d <= count ? kDigits[(group >> (18 - 6 * d)) & 63] : '=';
    }
  }
  return text;
}

}  // namespace dlwork::report
