#pragma once

#include <cstdint>
#include <vector>

#include "phase/features/matrix.h"

namespace dlwork::phase::audit {

/// The nearest rows of each row by Euclidean distance, nearest first; ties go to the earlier row.
struct Graph {
  std::int64_t rows = 0;
  std::int64_t k = 0;               ///< neighbours of each row; fewer than asked where rows are few
  std::vector<std::int32_t> index;  ///< [rows, k]
  std::vector<float> distance;      ///< [rows, k]

  std::int32_t neighbour(std::int64_t row, std::int64_t place) const {
    return index[row * k + place];
  }
  float at(std::int64_t row, std::int64_t place) const { return distance[row * k + place]; }
  double mean_distance(std::int64_t row) const;
};

/// Of `queries` among `base`, exactly: |q|^2 - 2 q.x + |x|^2 as matrix products in blocks to
/// choose, then differences, since the sum cancels where two rows are nearly equal. O(n m d).
Graph nearest(const Matrix& base, const Matrix& queries, std::int64_t k, int threads);
/// The same among themselves, a row not being its own neighbour.
Graph nearest_others(const Matrix& rows, std::int64_t k, int threads);

}  // namespace dlwork::phase::audit
