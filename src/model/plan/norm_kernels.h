// Normalisation of kernels_*.cpp; see vector_math.h.
#pragma once

#include "model/plan/elementwise_kernels.h"

namespace dlwork::model::plan {
namespace {

/// Columns whose sums are kept at once, and rows added in single precision.
constexpr std::int64_t kTile = 64;
constexpr std::int64_t kRun = 128;

/// out[j] = sum over rows of term(row, j), kept in double precision over runs of rows.
template <class Term>
inline void sum_columns(std::int64_t rows, std::int64_t width, double* out, Term term) {
  for (std::int64_t first = 0; first < width; first += kTile) {
    const std::int64_t tile = width - first < kTile ? width - first : kTile;
    double total[kTile] = {};
    for (std::int64_t begin = 0; begin < rows; begin += kRun) {
      const std::int64_t end = rows - begin < kRun ? rows : begin + kRun;
      float part[kTile] = {};
      for (std::int64_t i = begin; i < end; ++i) {
#pragma omp simd
        for (std::int64_t j = 0; j < tile; ++j) part[j] += term(i, first + j);
      }
      for (std::int64_t j = 0; j < tile; ++j) total[j] += static_cast<double>(part[j]);
    }
    for (std::int64_t j = 0; j < tile; ++j) out[first + j] = total[j];
  }
}

/// Works on the columns in pieces that fit buffers on the stack.
constexpr std::int64_t kPiece = 512;

void batch_statistics(const Norm& norm, const float* x, float* variance) {
  const std::int64_t width = norm.width;
  const double share = 1.0 / static_cast<double>(norm.rows);
  for (std::int64_t first = 0; first < width; first += kPiece) {
    const std::int64_t piece = width - first < kPiece ? width - first : kPiece;
    double sums[kPiece];
    const float* from = x + first;
    float* mean = norm.mean + first;
    sum_columns(norm.rows, piece, sums,
                [=](std::int64_t i, std::int64_t j) { return from[i * width + j]; });
    for (std::int64_t j = 0; j < piece; ++j) mean[j] = static_cast<float>(sums[j] * share);
    sum_columns(norm.rows, piece, sums, [=](std::int64_t i, std::int64_t j) {
      const float off = from[i * width + j] - mean[j];
      return off * off;
    });
    for (std::int64_t j = 0; j < piece; ++j) {
      const double spread = sums[j] * share;
      variance[first + j] = static_cast<float>(spread);
      norm.inverse[first + j] =
          static_cast<float>(1.0 / __builtin_sqrt(spread + static_cast<double>(norm.epsilon)));
    }
  }
}

void batch_apply(const Norm& norm, const float* x, float* y) {
  const std::int64_t width = norm.width;
  const float *mean = norm.mean, *inverse = norm.inverse, *weight = norm.weight, *bias = norm.bias;
  for (std::int64_t i = 0; i < norm.rows; ++i, x += width, y += width) {
    each(width,
         [=](std::int64_t j) { y[j] = (x[j] - mean[j]) * (inverse[j] * weight[j]) + bias[j]; });
  }
}

/// Ioffe and Szegedy (2015), the gradients of section 3, gathered.
void batch_backward(const Norm& norm, const float* x, const float* dy, float* dx, float* d_weight,
                    float* d_bias) {
  const std::int64_t width = norm.width;
  const float share = 1.0f / static_cast<float>(norm.rows);
  for (std::int64_t first = 0; first < width; first += kPiece) {
    const std::int64_t piece = width - first < kPiece ? width - first : kPiece;
    const float *mean = norm.mean + first, *inverse = norm.inverse + first;
    const float* weight = norm.weight + first;
    double sums[kPiece], products[kPiece];
    const float *xs = x + first, *dys = dy + first;
    sum_columns(norm.rows, piece, sums,
                [=](std::int64_t i, std::int64_t j) { return dys[i * width + j]; });
    sum_columns(norm.rows, piece, products, [=](std::int64_t i, std::int64_t j) {
      return dys[i * width + j] * (xs[i * width + j] - mean[j]);
    });
    float level[kPiece], slope[kPiece], scale[kPiece];
    for (std::int64_t j = 0; j < piece; ++j) {
      d_bias[first + j] = static_cast<float>(sums[j]);
      d_weight[first + j] = static_cast<float>(products[j]) * inverse[j];
      level[j] = static_cast<float>(sums[j]) * share;
      slope[j] = static_cast<float>(products[j]) * inverse[j] * inverse[j] * share;
      scale[j] = weight[j] * inverse[j];
    }
    if (!dx) continue;
    for (std::int64_t i = 0; i < norm.rows; ++i) {
      const float *xi = xs + i * width, *dyi = dys + i * width;
      float* out = dx + first + i * width;
#pragma omp simd
      for (std::int64_t j = 0; j < piece; ++j) {
        out[j] = scale[j] * (dyi[j] - level[j] - (xi[j] - mean[j]) * slope[j]);
      }
    }
  }
}

void layer_norm(const Norm& norm, const float* x, float* y) {
  const std::int64_t width = norm.width;
  const float *weight = norm.weight, *bias = norm.bias;
  const float share = 1.0f / static_cast<float>(width);
  for (std::int64_t i = 0; i < norm.rows; ++i, x += width, y += width) {
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t j = 0; j < width; ++j) sum += x[j];
    const float mean = sum * share;
#pragma omp simd reduction(+ : squares)
    for (std::int64_t j = 0; j < width; ++j) squares += (x[j] - mean) * (x[j] - mean);
    const float inverse = 1.0f / __builtin_sqrtf(squares * share + norm.epsilon);
    norm.mean[i] = mean;
    norm.inverse[i] = inverse;
    each(width, [=](std::int64_t j) { y[j] = (x[j] - mean) * inverse * weight[j] + bias[j]; });
  }
}

/// Ba, Kiros and Hinton (2016): the gradient of a row less its mean and its part along the row.
void layer_norm_backward(const Norm& norm, const float* x, const float* dy, float* dx,
                         float* d_weight, float* d_bias) {
  const std::int64_t width = norm.width;
  const float* weight = norm.weight;
  const float share = 1.0f / static_cast<float>(width);
  each(width, [=](std::int64_t j) { d_weight[j] = d_bias[j] = 0.0f; });
  for (std::int64_t i = 0; i < norm.rows; ++i, x += width, dy += width) {
    const float mean = norm.mean[i], inverse = norm.inverse[i];
    float sum = 0, along = 0;
#pragma omp simd reduction(+ : sum, along)
    for (std::int64_t j = 0; j < width; ++j) {
      const float normal = (x[j] - mean) * inverse, g = dy[j] * weight[j];
      sum += g;
      along += g * normal;
    }
    sum *= share;
    along *= share;
    each(width, [=](std::int64_t j) {
      d_weight[j] += dy[j] * (x[j] - mean) * inverse;
      d_bias[j] += dy[j];
    });
    if (!dx) continue;
    float* out = dx + i * width;
    each(width, [=](std::int64_t j) {
      out[j] = inverse * (dy[j] * weight[j] - sum - (x[j] - mean) * inverse * along);
    });
  }
}

}  // namespace
}  // namespace dlwork::model::plan
