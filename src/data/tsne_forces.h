#pragma once

#include <cstdint>

namespace dlwork::data {

/// What all points of a map do to one of them, equation 5 of van der Maaten and Hinton (2008) in
/// its two parts: the gradient is 4 (pull - push / sum of all closeness).
struct MapForce {
  float pull_x = 0, pull_y = 0;  ///< sum_j p_ij c_ij (y_i - y_j), c_ij = 1 / (1 + |y_i - y_j|^2)
  float push_x = 0, push_y = 0;  ///< sum_j c_ij^2 (y_i - y_j)
  float closeness = 0;           ///< sum_j c_ij, the point itself left out
};
/// x, y, probabilities (p_ij of the one point): `count` each.
MapForce force_on(const float* x, const float* y, const float* probabilities, std::int64_t count,
                  std::int64_t point);

}  // namespace dlwork::data
