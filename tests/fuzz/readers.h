#pragma once

#include <cstddef>
#include <cstdint>

namespace dlwork::fuzz {

/// Each takes any bytes as a file of its format and reads it whole. An Error is what bad bytes are
/// to end with; all else (a crash, a hang, much memory) is a fault of the reader.
using Reader = void (*)(const std::uint8_t* bytes, std::size_t size);

void arrays(const std::uint8_t* bytes, std::size_t size);
void arrow(const std::uint8_t* bytes, std::size_t size);
void csv(const std::uint8_t* bytes, std::size_t size);
void idx(const std::uint8_t* bytes, std::size_t size);
void json_lines(const std::uint8_t* bytes, std::size_t size);
void lines(const std::uint8_t* bytes, std::size_t size);
void packed(const std::uint8_t* bytes, std::size_t size);
void picture(const std::uint8_t* bytes, std::size_t size);
void picture_folder(const std::uint8_t* bytes, std::size_t size);
void project(const std::uint8_t* bytes, std::size_t size);
void preprocessor(const std::uint8_t* bytes, std::size_t size);
void series(const std::uint8_t* bytes, std::size_t size);
void series_cell(const std::uint8_t* bytes, std::size_t size);
void sound(const std::uint8_t* bytes, std::size_t size);
void sound_folder(const std::uint8_t* bytes, std::size_t size);
void sqlite(const std::uint8_t* bytes, std::size_t size);

}  // namespace dlwork::fuzz
