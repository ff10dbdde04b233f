#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlwork::data {

/// Numbers texts in order of their first appearance. Holds 8 to 16 bytes a text beside the texts.
class TextCodes {
 public:
  /// The code of `text` in `texts`, or -1.
  std::int32_t find(std::string_view text, const std::vector<std::string>& texts) const;
  /// Notes that the last of `texts` is new.
  void add_last(const std::vector<std::string>& texts);

 private:
  std::size_t slot(std::string_view text, const std::vector<std::string>& texts) const;
  void grow(const std::vector<std::string>& texts);

  std::vector<std::int32_t> slots_;  ///< open addressing; -1 is free
};

}  // namespace dlwork::data
