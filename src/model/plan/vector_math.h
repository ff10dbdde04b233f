// Included by kernels_*.cpp alone, each time for other vectors: everything is in a namespace of its
// own, and no other header may be used, whose inline functions the linker could mix up.
#pragma once

#include <cstdint>

namespace dlwork::model::plan {
namespace {

constexpr int kLanes = DLWORK_LANES;
constexpr int kPanel = 2 * kLanes;

/// kLanes floats at any address.
typedef float Lanes __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

inline Lanes load(const float* from) { return *reinterpret_cast<const Lanes*>(from); }
inline void store(float* to, Lanes value) { *reinterpret_cast<Lanes*>(to) = value; }
/// Taking away 0 changes no number, not even -0, so that nothing is left of it.
inline Lanes every(float value) { return value - Lanes{}; }

// Functions of one number without branches, which compilers turn into vector code. NaN stays NaN.

/// e^x to 2 units in the last place: Cody and Waite's reduction by ln 2 in two parts and the
/// polynomial of the Cephes library (Moshier 1989). Ends at e^-87 and e^88.
inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  // Adding and taking away 1.5 * 2^23 rounds to a whole number.
  const float shifted = x * 1.44269504f + 12582912.0f;
  const float whole = shifted - 12582912.0f;
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const std::int32_t bits = (__builtin_bit_cast(std::int32_t, shifted) + 127) << 23;
  return p * __builtin_bit_cast(float, bits);
}

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

/// tanh to 3 units in the last place and never above 1: x P(x^2) / Q(x^2), a least-maximum fit of
/// the relative error up to 7.9, where float32 has come to 1.
inline float hyperbolic_tangent(float x) {
  x = x < -7.9f ? -7.9f : x;
  x = x > 7.9f ? 7.9f : x;
  const float z = x * x;
  float p = 2.4105701917751598e-11f;
  p = p * z - 1.4906468326328914e-08f;
  p = p * z + 9.939270007421582e-06f;
  p = p * z + 0.0029921068281891254f;
  p = p * z + 0.1298491893095577f;
  p = p * z + 0.9999999833098957f;
  float q = 0.0002380881461983261f;
  q = q * z + 0.024053133885174553f;
  q = q * z + 0.4631823687603306f;
  q = q * z + 1.0f;
  return x * p / q;
}

/// The normal distribution function, with erf by Abramowitz and Stegun (1964), 7.1.26: off by at
/// most 1.5e-7.
inline float normal_share(float x) {
  const float z = x * 0.70710678f;
  const float size = z < 0 ? -z : z;
  const float t = 1.0f / (1.0f + 0.3275911f * size);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float tail = 0.5f * p * t * exponential(-size * size);
  return z < 0 ? tail : 1.0f - tail;
}

inline float normal_density(float x) { return 0.39894228f * exponential(-0.5f * x * x); }

}  // namespace
}  // namespace dlwork::model::plan
