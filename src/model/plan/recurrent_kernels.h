// Steps of recurrent layers of kernels_*.cpp; see vector_math.h.
#pragma once

#include "model/plan/elementwise_kernels.h"

namespace dlwork::model::plan {
namespace {

/// The logistic function off by at most 2e-7, which is all that a gate needs: close to 0 `sigmoid`
/// has more places, by more arithmetic.
inline float gate(float x) { return 0.5f * hyperbolic_tangent(0.5f * x) + 0.5f; }

/// Brings a sequence's gates of the next step into the cache: all steps together are larger than
/// it.
inline void fetch_next(const Cell& cell, std::int64_t row) {
  constexpr std::int64_t kLine = 16;
  if (!cell.next) return;
  const float* gates = cell.next + row * cell.gates_row;
  for (std::int64_t j = 0; j < 4 * cell.units; j += kLine) __builtin_prefetch(gates + j, 1);
}

/// r = sigmoid, z = sigmoid, n = tanh(n + r q), h' = n + z (h - n), from [n, r, z, q].
void gru_step(const Cell& cell) {
  const std::int64_t units = cell.units;
  for (std::int64_t i = 0; i < cell.rows; ++i) {
    fetch_next(cell, i);
    float* n = cell.gates + i * cell.gates_row;
    float *r = n + units, *z = r + units;
    const float* q = z + units;
    const float* before = cell.before + i * cell.state_row;
    float* after = cell.after + i * cell.state_row;
    each(units, [=](std::int64_t j) {
      r[j] = gate(r[j]);
      z[j] = gate(z[j]);
      n[j] = hyperbolic_tangent(n[j] + r[j] * q[j]);
      after[j] = n[j] + z[j] * (before[j] - n[j]);
    });
  }
}

void gru_step_backward(const Cell& cell) {
  const std::int64_t units = cell.units;
  for (std::int64_t i = 0; i < cell.rows; ++i) {
    fetch_next(cell, i);
    float* n = cell.gates + i * cell.gates_row;
    float *r = n + units, *z = r + units, *q = z + units;
    const float* before = cell.before + i * cell.state_row;
    float* state = cell.d_state + i * units;
    if (cell.dy) add(state, cell.dy + i * cell.state_row, state, units);
    each(units, [=](std::int64_t j) {
      const float d = state[j];
      const float dn = d * (1.0f - z[j]) * (1.0f - n[j] * n[j]);
      const float dr = dn * q[j] * r[j] * (1.0f - r[j]);
      state[j] = d * z[j];
      q[j] = dn * r[j];
      z[j] = d * (before[j] - n[j]) * z[j] * (1.0f - z[j]);
      r[j] = dr;
      n[j] = dn;
    });
  }
}

/// c' = f c + i g, h' = o tanh(c'), from [i, f, g, o].
void lstm_step(const Cell& cell) {
  const std::int64_t units = cell.units;
  for (std::int64_t row = 0; row < cell.rows; ++row) {
    fetch_next(cell, row);
    float* i = cell.gates + row * cell.gates_row;
    float *f = i + units, *g = f + units, *o = g + units;
    const float* before = cell.memory_before + row * units;
    float* memory = cell.memory_after + row * units;
    float* after = cell.after + row * cell.state_row;
    each(units, [=](std::int64_t j) {
      i[j] = gate(i[j]);
      f[j] = gate(f[j]);
      g[j] = hyperbolic_tangent(g[j]);
      o[j] = gate(o[j]);
      memory[j] = f[j] * before[j] + i[j] * g[j];
      after[j] = o[j] * hyperbolic_tangent(memory[j]);
    });
  }
}

void lstm_step_backward(const Cell& cell) {
  const std::int64_t units = cell.units;
  for (std::int64_t row = 0; row < cell.rows; ++row) {
    fetch_next(cell, row);
    float* i = cell.gates + row * cell.gates_row;
    float *f = i + units, *g = f + units, *o = g + units;
    const float* before = cell.memory_before + row * units;
    const float* memory = cell.memory_after + row * units;
    float* state = cell.d_state + row * units;
    float* d_memory = cell.d_memory + row * units;
    if (cell.dy) add(state, cell.dy + row * cell.state_row, state, units);
    each(units, [=](std::int64_t j) {
      const float t = hyperbolic_tangent(memory[j]);
      const float d = d_memory[j] + state[j] * o[j] * (1.0f - t * t);
      const float di = d * g[j] * i[j] * (1.0f - i[j]);
      d_memory[j] = d * f[j];
      o[j] = state[j] * t * o[j] * (1.0f - o[j]);
      f[j] = d * before[j] * f[j] * (1.0f - f[j]);
      g[j] = d * i[j] * (1.0f - g[j] * g[j]);
      i[j] = di;
    });
  }
}

}  // namespace
}  // namespace dlwork::model::plan
