#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.h"

namespace dlwork::data {

/// Adds a character to a text in UTF-8.
void add_character(std::uint32_t code, std::string& text);

/// The text of a UTF-16 file in UTF-8, while one block of it is held.
class Utf16Reader {
 public:
  enum class Order { kLittleEndian, kBigEndian };
  /// `source` stands behind the byte order mark, and outlives this.
  Utf16Reader(ByteSource& source, Order order);

  /// Fills `out`; fewer than `size` bytes only at the end. Throws Error(kInput) at the line and
  /// column (as in UTF-8) of half a surrogate pair, or of half a character at the end.
  std::size_t read(char* out, std::size_t size);

 private:
  bool decode_block();
  void decode(std::uint32_t unit);
  void add(std::uint32_t code);
  [[noreturn]] void fail(const std::string& message, const std::string& hint) const;

  ByteSource& source_;
  Order order_;
  std::vector<unsigned char> block_;
  std::string text_;
  std::size_t taken_ = 0;   ///< of text_
  std::uint32_t high_ = 0;  ///< first half of a surrogate pair whose second must follow; 0: none
  std::int64_t line_ = 1;
  std::int64_t column_ = 1;
  bool after_return_ = false;
};

}  // namespace dlwork::data
