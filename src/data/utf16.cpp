#include "data/utf16.h"

#include <algorithm>
#include <cstring>

#include "data/problem.h"

namespace dlwork::data {
namespace {

/// Even, so that no character is parted by the end of a block.
constexpr std::size_t kUtf16Block = 64u << 10;

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

void add_character(std::uint32_t code, std::string& text) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
    add(0x80 | (code & 63));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 63));
    add(0x80 | (code & 63));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 63));
    add(0x80 | ((code >> 6) & 63));
    add(0x80 | (code & 63));
  }
}

Utf16Reader::Utf16Reader(ByteSource& source, Order order)
    : source_(source), order_(order), block_(kUtf16Block) {}

std::size_t Utf16Reader::read(char* out, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    if (taken_ == text_.size() && !decode_block()) break;
    const std::size_t part = std::min(size - got, text_.size() - taken_);
    std::memcpy(out + got, text_.data() + taken_, part);
    taken_ += part;
    got += part;
  }
  return got;
}

/// False at the end.
bool Utf16Reader::decode_block() {
  text_.clear();
  taken_ = 0;
  while (text_.empty()) {  // half a surrogate pair alone gives no text yet
    const std::size_t bytes = source_.read(block_.data(), block_.size());
    const std::size_t first = order_ == Order::kLittleEndian ? 0 : 1;
    for (std::size_t i = 0; i + 1 < bytes; i += 2) {
      decode(block_[i + first] | static_cast<std::uint32_t>(block_[i + 1 - first]) << 8);
    }
    if (bytes == block_.size()) continue;
    if (high_ != 0 || bytes % 2 == 1) {
      fail("the file ends within a character of UTF-16", "is the file truncated?");
    }
    break;
  }
  return !text_.empty();
}

void Utf16Reader::decode(std::uint32_t unit) {
  if (is_low_surrogate(unit) != (high_ != 0)) {
    fail("half a character stands here alone, so the text is no valid UTF-16",
         "correct the character, or save the file again as UTF-8");
  }
  if (is_high_surrogate(unit)) {
    high_ = unit;
  } else if (high_ != 0) {
    add(0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
    high_ = 0;
  } else {
    add(unit);
  }
}

/// A line ends with a line feed, a carriage return, or both.
void Utf16Reader::add(std::uint32_t code) {
  const std::size_t before = text_.size();
  add_character(code, text_);
  if (code == '\n' || code == '\r') {
    if (code == '\r' || !after_return_) ++line_;
    column_ = 1;
  } else {
    column_ += static_cast<std::int64_t>(text_.size() - before);
  }
  after_return_ = code == '\r';
}

void Utf16Reader::fail(const std::string& message, const std::string& hint) const {
  input_error(source_.path(), line_, column_, message, hint);
}

}  // namespace dlwork::data
