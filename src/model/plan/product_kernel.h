// Matrix products of kernels_*.cpp; see vector_math.h.
#pragma once

#include "model/plan/kernels.h"
#include "model/plan/vector_math.h"

// Loops over registers must come out without a loop.
#ifdef __clang__
#define DLWORK_UNROLL _Pragma("unroll")
#else
#define DLWORK_UNROLL _Pragma("GCC unroll 16")
#endif

/// Keeps a compiler from working out a pointer from another one.
#define DLWORK_OPAQUE(pointer) __asm__("" : "+r"(pointer))

namespace dlwork::model::plan {
namespace {

/// Rows that are read by one pointer: processors add one or two strides to it on the way. A stride
/// of its own for each row would take more registers than there are.
constexpr int kGroup = 3;

/// Rows of a block: as many accumulators, two vectors each, as leave room for one row of B and one
/// number of A among the registers.
constexpr int kBlock = kLanes == 16 ? 12 : 6;

/// Columns `first` to `first + columns` of kRows rows, held in registers until they are done. What
/// stands `ahead` of the panel is brought into the cache meanwhile.
template <int kRows>
void block(const Product& q, std::int64_t row, std::int64_t first, std::int64_t ahead) {
  const std::int64_t columns = q.n - first < kPanel ? q.n - first : kPanel;
  const float* a = q.a + row * q.a_row;
  const float* b = q.b + first / kPanel * q.b_panel;
  float* c = q.c + row * q.c_row + first;
  constexpr int kGroups = (kRows + kGroup - 1) / kGroup;
  const std::int64_t a_row = q.a_row, a_step = q.a_step, b_row = q.b_row;
  Lanes sum[kRows][2] = {};
  for (std::int64_t s = 0; s < q.segments; ++s) {
    const float* as[kGroups];
    DLWORK_UNROLL
    for (int g = 0; g < kGroups; ++g) as[g] = a + s * q.a_segment + g * kGroup * a_row;
    const float* bs = b + s * q.b_segment;
    for (std::int64_t p = 0; p < q.k; ++p) {
      const Lanes b0 = load(bs), b1 = load(bs + kLanes);
      __builtin_prefetch(bs + ahead);
      __builtin_prefetch(bs + ahead + kLanes);
      DLWORK_UNROLL
      for (int g = 0; g < kGroups; ++g) DLWORK_OPAQUE(as[g]);
      DLWORK_UNROLL
      for (int i = 0; i < kRows; ++i) {
        const Lanes value = every(as[i / kGroup][i % kGroup * a_row]);
        sum[i][0] += value * b0;
        sum[i][1] += value * b1;
      }
      DLWORK_UNROLL
      for (int g = 0; g < kGroups; ++g) as[g] += a_step;
      bs += b_row;
    }
  }
  const Lanes zero = {};
  if (columns == kPanel) {
    const Lanes bias0 = q.bias ? load(q.bias + first) : zero;
    const Lanes bias1 = q.bias ? load(q.bias + first + kLanes) : zero;
    DLWORK_UNROLL
    for (int i = 0; i < kRows; ++i) {
      float* out = c + i * q.c_row;
      Lanes y0 = sum[i][0] + bias0, y1 = sum[i][1] + bias1;
      if (q.add) {
        y0 += load(out);
        y1 += load(out + kLanes);
      }
      if (q.relu) {
        y0 = y0 < zero ? zero : y0;
        y1 = y1 < zero ? zero : y1;
      }
      store(out, y0);
      store(out + kLanes, y1);
    }
    return;
  }
  float rows[kRows][kPanel];
  DLWORK_UNROLL
  for (int i = 0; i < kRows; ++i) {
    store(rows[i], sum[i][0]);
    store(rows[i] + kLanes, sum[i][1]);
  }
  for (int i = 0; i < kRows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      float y = rows[i][j] + (q.bias ? q.bias[first + j] : 0.0f);
      if (q.add) y += c[i * q.c_row + j];
      c[i * q.c_row + j] = q.relu && y < 0.0f ? 0.0f : y;
    }
  }
}

using Block = void (*)(const Product&, std::int64_t, std::int64_t, std::int64_t);
constexpr Block kBlocks[] = {nullptr,  block<1>, block<2>, block<3>,  block<4>,  block<5>, block<6>,
#if DLWORK_LANES == 16
                             block<7>, block<8>, block<9>, block<10>, block<11>, block<12>
#endif
};

/// Rows are shared out evenly over the blocks: a last block of one row would use a sixth of the
/// processor's arithmetic.
void product(const Product& q) {
  const std::int64_t blocks = (q.m + kBlock - 1) / kBlock;
  for (std::int64_t first = 0; first < q.n; first += kPanel) {
    std::int64_t row = 0;
    for (std::int64_t i = 0; i < blocks; ++i) {
      const std::int64_t end = (i + 1) * q.m / blocks;
      // The last block of a panel is followed by the next panel.
      const bool turns = i + 1 == blocks && first + kPanel < q.n;
      kBlocks[end - row](q, row, first, turns ? q.b_panel : 0);
      row = end;
    }
  }
}

void pack(const float* b, std::int64_t row, std::int64_t k, std::int64_t n, float* out) {
  for (std::int64_t first = 0; first < n; first += kPanel) {
    const std::int64_t columns = n - first < kPanel ? n - first : kPanel;
    for (std::int64_t p = 0; p < k; ++p, out += kPanel) {
      const float* from = b + p * row + first;
      if (columns == kPanel) {
        store(out, load(from));
        store(out + kLanes, load(from + kLanes));
      } else {
        for (std::int64_t j = 0; j < kPanel; ++j) out[j] = j < columns ? from[j] : 0.0f;
      }
    }
  }
}

/// Four rows of four numbers of `from` become columns of `out`.
inline void turn(const float* from, std::int64_t row, float* out) {
  const auto at = [](const float* place) { return *reinterpret_cast<const Four*>(place); };
  const Four a = at(from), b = at(from + row), c = at(from + 2 * row), d = at(from + 3 * row);
  const Four ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *reinterpret_cast<Four*>(out) = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
  *reinterpret_cast<Four*>(out + kPanel) = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
  *reinterpret_cast<Four*>(out + 2 * kPanel) = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
  *reinterpret_cast<Four*>(out + 3 * kPanel) = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
}

void pack_transposed(const float* b, std::int64_t row, std::int64_t k, std::int64_t n, float* out) {
  for (std::int64_t first = 0; first < n; first += kPanel, out += k * kPanel) {
    const std::int64_t columns = n - first < kPanel ? n - first : kPanel;
    std::int64_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const float* from = b + (first + j) * row;
      std::int64_t p = 0;
      for (; p + 4 <= k; p += 4) turn(from + p, row, out + p * kPanel + j);
      for (; p < k; ++p) {
        for (int i = 0; i < 4; ++i) out[p * kPanel + j + i] = from[i * row + p];
      }
    }
    for (; j < kPanel; ++j) {
      const float* from = b + (first + j) * row;
      for (std::int64_t p = 0; p < k; ++p) out[p * kPanel + j] = j < columns ? from[p] : 0.0f;
    }
  }
}

void column_sums(const float* x, std::int64_t row, std::int64_t rows, std::int64_t width,
                 float* out) {
  for (std::int64_t j = 0; j < width; ++j) out[j] = 0.0f;
  for (std::int64_t i = 0; i < rows; ++i) {
    const float* from = x + i * row;
#pragma omp simd
    for (std::int64_t j = 0; j < width; ++j) out[j] += from[j];
  }
}

}  // namespace
}  // namespace dlwork::model::plan
