// All pairs of points in each of hundreds of steps: compiled with full optimisation whatever the
// build, and with no header but its own.
#include "data/tsne_forces.h"

namespace dlwork::data {

MapForce force_on(const float* x, const float* y, const float* probabilities, std::int64_t count,
                  std::int64_t point) {
  const float own_x = x[point], own_y = y[point];
  float pull_x = 0, pull_y = 0, push_x = 0, push_y = 0, closeness = 0;
#pragma omp simd reduction(+ : pull_x, pull_y, push_x, push_y, closeness)
  for (std::int64_t j = 0; j < count; ++j) {
    const float dx = own_x - x[j], dy = own_y - y[j];
    const float close = 1 / (1 + dx * dx + dy * dy);
    const float pull = probabilities[j] * close, push = close * close;
    pull_x += pull * dx;
    pull_y += pull * dy;
    push_x += push * dx;
    push_y += push * dy;
    closeness += close;
  }
  return {pull_x, pull_y, push_x, push_y, closeness - 1};
}

}  // namespace dlwork::data
