#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace dlwork {

/// Places among `count`, at most `most` (2 or more), from the first to the last at even distances.
inline std::vector<std::size_t> evenly_among(std::size_t count, std::size_t most) {
  const std::size_t taken = std::min(count, most);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < taken; ++i) {
    places.push_back(taken < 2 ? 0 : i * (count - 1) / (taken - 1));
  }
  return places;
}

}  // namespace dlwork
