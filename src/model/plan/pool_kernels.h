// Pooling of kernels_*.cpp; see vector_math.h.
#pragma once

#include "model/plan/elementwise_kernels.h"

namespace dlwork::model::plan {
namespace {

/// Calls window(first pixel of the window in x, pixel in y) for each place, in order.
template <class Window>
inline void each_window(const Pool& p, Window window) {
  std::int64_t out = 0;
  for (std::int64_t i = 0; i < p.count; ++i) {
    for (std::int64_t y = 0; y < p.out_height; ++y) {
      for (std::int64_t x = 0; x < p.out_width; ++x, ++out) {
        window(((i * p.height + y * p.stride) * p.width + x * p.stride) * p.channels,
               out * p.channels);
      }
    }
  }
}

void max_pool(const Pool& p, const float* x, float* y) {
  const std::int64_t channels = p.channels, row = p.width * p.channels, kernel = p.kernel;
  each_window(p, [=](std::int64_t from, std::int64_t to) {
    const float* corner = x + from;
    float* out = y + to;
    each(channels, [=](std::int64_t c) { out[c] = corner[c]; });
    for (std::int64_t i = 0; i < kernel; ++i) {
      for (std::int64_t j = i == 0 ? 1 : 0; j < kernel; ++j) {
        const float* pixel = corner + i * row + j * channels;
        // A number that is none wins and stays, as it does in LibTorch.
        each(channels, [=](std::int64_t c) {
          const bool wins = (pixel[c] > out[c]) | (pixel[c] != pixel[c]);
          out[c] = wins ? pixel[c] : out[c];
        });
      }
    }
  });
}

/// Channels that are looked at together.
constexpr std::int64_t kChannels = 64;

void max_pool_backward(const Pool& p, const float* x, const float* y, const float* dy, float* dx) {
  const std::int64_t channels = p.channels, row = p.width * p.channels, kernel = p.kernel;
  // Where windows neither overlap nor leave a rest, each number is written once.
  const bool parted = p.stride == p.kernel && p.out_height * p.stride == p.height &&
                      p.out_width * p.stride == p.width;
  if (!parted) {
    each(p.count * p.height * row, [=](std::int64_t i) { dx[i] = 0.0f; });
  }
  each_window(p, [=](std::int64_t from, std::int64_t to) {
    for (std::int64_t first = 0; first < channels; first += kChannels) {
      const std::int64_t some = channels - first < kChannels ? channels - first : kChannels;
      float left[kChannels];
      const float *top = y + to + first, *gradient = dy + to + first;
      for (std::int64_t c = 0; c < some; ++c) left[c] = gradient[c];
      for (std::int64_t i = 0; i < kernel; ++i) {
        for (std::int64_t j = 0; j < kernel; ++j) {
          const std::int64_t place = from + first + i * row + j * channels;
          const float* pixel = x + place;
          float* out = dx + place;
#pragma omp simd
          for (std::int64_t c = 0; c < some; ++c) {
            const bool hit = pixel[c] == top[c];
            const float given = hit ? left[c] : 0.0f;
            out[c] = parted ? given : out[c] + given;
            left[c] = hit ? 0.0f : left[c];
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace dlwork::model::plan
