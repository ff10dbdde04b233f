#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::audit {

/// Adds to a column of categories: a text that it has keeps its code, another one is a new
/// category.
class CategoryFiller {
 public:
  explicit CategoryFiller(data::Column& column) : column_(column) {
    for (const std::string& text : column.categories) code_of_.emplace(text, next());
  }
  void add(const std::string& text) {
    const auto [known, is_new] = code_of_.emplace(text, next());
    if (is_new) column_.categories.push_back(text);
    column_.codes.push_back(known->second);
  }
  void add_missing() { column_.codes.push_back(-1); }

 private:
  std::int32_t next() const { return static_cast<std::int32_t>(code_of_.size()); }

  data::Column& column_;
  std::unordered_map<std::string, std::int32_t> code_of_;
};

}  // namespace dlwork::phase::audit
