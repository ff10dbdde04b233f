#pragma once

#include <cstdint>
#include <string_view>

namespace dlwork::artefact {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
std::uint32_t crc32c(std::string_view bytes);
/// Turned and shifted as TensorFlow's record files want it, so that a check sum over data that hold
/// check sums stays strong.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace dlwork::artefact
