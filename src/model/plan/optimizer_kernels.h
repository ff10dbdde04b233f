// Steps of optimizers of kernels_*.cpp; see vector_math.h. One pass over the memory each.
#pragma once

#include "model/plan/elementwise_kernels.h"

namespace dlwork::model::plan {
namespace {

void adam(const AdamStep& s, const float* gradient, float* x, float* m, float* v,
          std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] + s.inside * x[i];
    m[i] = s.beta1 * m[i] + (1 - s.beta1) * g;
    v[i] = s.beta2 * v[i] + (1 - s.beta2) * g * g;
    x[i] = s.keep * x[i] - s.rate * m[i] / (__builtin_sqrtf(v[i]) * s.root + s.epsilon);
  }
}

void sgd(const SgdStep& s, const float* gradient, float* x, float* v, std::int64_t count) {
  each(count, [=](std::int64_t i) {
    const float g = gradient[i] + s.decay * x[i];
    v[i] = s.momentum * v[i] + g;
    x[i] -= s.rate * (g + s.momentum * v[i]);
  });
}

void rmsprop(const RmsPropStep& s, const float* gradient, float* x, float* square, float* v,
             std::int64_t count) {
  each(count, [=](std::int64_t i) {
    const float g = gradient[i] + s.decay * x[i];
    square[i] = s.alpha * square[i] + s.fresh * g * g;
    v[i] = s.momentum * v[i] + g / (__builtin_sqrtf(square[i]) + s.epsilon);
    x[i] -= s.rate * v[i];
  });
}

}  // namespace
}  // namespace dlwork::model::plan
