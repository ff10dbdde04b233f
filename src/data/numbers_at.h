#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dlwork::data {

/// Numbers at places of a text, none behind its end.
class NumbersAt {
 public:
  NumbersAt(std::string_view text, bool little) : text_(text), little_(little) {}
  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > text_.size() || size > text_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t place = at + (little_ ? size - 1 - i : i);
      value = value << 8 | static_cast<unsigned char>(text_[place]);
    }
    return value;
  }

 private:
  std::string_view text_;
  bool little_;
};

}  // namespace dlwork::data
