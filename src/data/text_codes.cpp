#include "data/text_codes.h"

#include <functional>

namespace dlwork::data {
namespace {

constexpr std::size_t kFewestSlots = 16;

}  // namespace

std::size_t TextCodes::slot(std::string_view text, const std::vector<std::string>& texts) const {
  const std::size_t mask = slots_.size() - 1;  // the size is a power of two
  std::size_t at = std::hash<std::string_view>()(text) & mask;
  while (slots_[at] >= 0 && texts[slots_[at]] != text) at = (at + 1) & mask;
  return at;
}

std::int32_t TextCodes::find(std::string_view text, const std::vector<std::string>& texts) const {
  return slots_.empty() ? -1 : slots_[slot(text, texts)];
}

void TextCodes::add_last(const std::vector<std::string>& texts) {
  if (2 * texts.size() > slots_.size()) grow(texts);
  slots_[slot(texts.back(), texts)] = static_cast<std::int32_t>(texts.size() - 1);
}

void TextCodes::grow(const std::vector<std::string>& texts) {
  const std::size_t size = slots_.empty() ? kFewestSlots : 2 * slots_.size();
  slots_.assign(size, -1);
  for (std::size_t code = 0; code + 1 < texts.size(); ++code) {
    slots_[slot(texts[code], texts)] = static_cast<std::int32_t>(code);
  }
}

}  // namespace dlwork::data
