#include "data/text_blocks.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace dlwork::data {
namespace {

constexpr std::size_t kTextBlock = 1u << 20;

}  // namespace

TextBlocks::TextBlocks(const std::string& path, std::size_t most_bytes)
    : source_(path),
      bytes_left_(most_bytes),
      limited_(most_bytes > 0),
      buffer_(limited_ ? std::min(most_bytes, kTextBlock) : kTextBlock) {}

bool TextBlocks::is_full(const char* begin, const char* end) const {
  const auto kept = static_cast<std::size_t>(end - begin);
  return kept == buffer_.size() && kept >= kMostRecordBytes;
}

void TextBlocks::more(const char*& begin, const char*& end) {
  const auto kept = static_cast<std::size_t>(end - begin);
  if (kept == buffer_.size()) {
    std::vector<char> larger(buffer_.size() * 2);
    std::memcpy(larger.data(), begin, kept);
    buffer_.swap(larger);
  } else if (kept > 0) {
    std::memmove(buffer_.data(), begin, kept);
  }
  std::size_t room = buffer_.size() - kept;
  if (limited_) room = std::min(room, bytes_left_);
  const std::size_t got = read(buffer_.data() + kept, room);
  begin = buffer_.data();
  end = begin + kept + got;
  if (limited_) bytes_left_ -= got;
  if (got < buffer_.size() - kept || (limited_ && bytes_left_ == 0)) {
    at_end_ = true;
    char extra;
    cut_ = limited_ && got == room && read(&extra, 1) == 1;
  }
}

std::size_t TextBlocks::read(char* out, std::size_t size) {
  if (!started_) {
    started_ = true;
    start_.resize(2);
    start_.resize(source_.read(start_.data(), start_.size()));
    if (start_ == "\xFF\xFE") utf16_.emplace(source_, Utf16Reader::Order::kLittleEndian);
    if (start_ == "\xFE\xFF") utf16_.emplace(source_, Utf16Reader::Order::kBigEndian);
  }
  if (utf16_) return utf16_->read(out, size);
  const std::size_t before = start_.copy(out, size);
  start_.erase(0, before);
  return before + source_.read(out + before, size - before);
}

void TextBlocks::skip_byte_order_mark(const char*& begin, const char* end) const {
  const std::string_view start(begin, static_cast<std::size_t>(end - begin));
  if (start.substr(0, 3) == "\xEF\xBB\xBF") begin += 3;
}

}  // namespace dlwork::data
