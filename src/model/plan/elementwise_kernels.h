// Activations, loss and dropout of kernels_*.cpp; see vector_math.h.
#pragma once

#include "model/plan/kernels.h"
#include "model/plan/vector_math.h"

namespace dlwork::model::plan {
namespace {

template <class Function>
inline void each(std::int64_t count, Function function) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) function(i);
}

void activate(Activation kind, float slope, const float* x, float* y, std::int64_t count) {
  switch (kind) {
    case Activation::kNone:
      return each(count, [=](std::int64_t i) { y[i] = x[i]; });
    case Activation::kRelu:
      return each(count, [=](std::int64_t i) { y[i] = x[i] < 0.0f ? 0.0f : x[i]; });
    case Activation::kGelu:
      return each(count, [=](std::int64_t i) { y[i] = x[i] * normal_share(x[i]); });
    case Activation::kSilu:
      return each(count, [=](std::int64_t i) { y[i] = x[i] * sigmoid(x[i]); });
    case Activation::kTanh:
      return each(count, [=](std::int64_t i) { y[i] = hyperbolic_tangent(x[i]); });
    case Activation::kSigmoid:
      return each(count, [=](std::int64_t i) { y[i] = sigmoid(x[i]); });
    case Activation::kLeakyRelu:
      return each(count, [=](std::int64_t i) { y[i] = x[i] < 0.0f ? slope * x[i] : x[i]; });
  }
}

void activate_backward(Activation kind, float slope, const float* x, const float* y,
                       const float* dy, float* dx, std::int64_t count) {
  switch (kind) {
    case Activation::kNone:
      return each(count, [=](std::int64_t i) { dx[i] = dy[i]; });
    case Activation::kRelu:
      return each(count, [=](std::int64_t i) { dx[i] = y[i] > 0.0f ? dy[i] : 0.0f; });
    case Activation::kGelu:
      return each(count, [=](std::int64_t i) {
        dx[i] = dy[i] * (normal_share(x[i]) + x[i] * normal_density(x[i]));
      });
    case Activation::kSilu:
      return each(count, [=](std::int64_t i) {
        const float s = sigmoid(x[i]);
        dx[i] = dy[i] * s * (1.0f + x[i] * (1.0f - s));
      });
    case Activation::kTanh:
      return each(count, [=](std::int64_t i) { dx[i] = dy[i] * (1.0f - y[i] * y[i]); });
    case Activation::kSigmoid:
      return each(count, [=](std::int64_t i) { dx[i] = dy[i] * y[i] * (1.0f - y[i]); });
    case Activation::kLeakyRelu:
      return each(count, [=](std::int64_t i) { dx[i] = x[i] > 0.0f ? dy[i] : slope * dy[i]; });
  }
}

/// Softmax of a row; returns the logarithm of the sum of exponentials.
double softmax_row(const float* x, float* share, std::int64_t classes) {
  float top = x[0];
  for (std::int64_t j = 1; j < classes; ++j) top = x[j] > top ? x[j] : top;
  each(classes, [=](std::int64_t j) { share[j] = exponential(x[j] - top); });
  float sum = 0;
  for (std::int64_t j = 0; j < classes; ++j) sum += share[j];
  const float scale = 1.0f / sum;
  each(classes, [=](std::int64_t j) { share[j] *= scale; });
  return static_cast<double>(top) + __builtin_log(static_cast<double>(sum));
}

double cross_entropy(const CrossEntropy& loss) {
  const std::int64_t classes = loss.classes;
  const float* weights = loss.class_weights;
  double sum_of_weights = 0, of_target = 0, of_all = 0, every_class = 0;
  for (std::int64_t j = 0; j < classes; ++j) every_class += weights ? weights[j] : 1.0f;
  for (std::int64_t i = 0; i < loss.rows; ++i) {
    const float* x = loss.logits + i * classes;
    const double total = softmax_row(x, loss.shares + i * classes, classes);
    const double weight = weights ? weights[loss.targets[i]] : 1.0f;
    sum_of_weights += weight;
    of_target += weight * (total - x[loss.targets[i]]);
    if (loss.smoothing <= 0) continue;
    for (std::int64_t j = 0; j < classes; ++j)
      of_all += (weights ? weights[j] : 1.0f) * (total - x[j]);
  }
  const double smooth = loss.smoothing / static_cast<double>(classes);
  const double value = ((1 - loss.smoothing) * of_target + smooth * of_all) / sum_of_weights;
  if (!loss.gradient) return value;
  const auto spread = static_cast<float>(smooth / sum_of_weights);
  const auto all = static_cast<float>(every_class);
  for (std::int64_t i = 0; i < loss.rows; ++i) {
    const float* share = loss.shares + i * classes;
    float* gradient = loss.gradient + i * classes;
    const std::int64_t target = loss.targets[i];
    const auto weight = static_cast<float>((1 - loss.smoothing) *
                                           (weights ? weights[target] : 1.0f) / sum_of_weights);
    const float both = weight + spread * all;
    each(classes, [=](std::int64_t j) {
      gradient[j] = both * share[j] - spread * (weights ? weights[j] : 1.0f);
    });
    gradient[target] -= weight;
  }
  return value;
}

void multiply(const float* x, const float* y, float* out, std::int64_t count) {
  each(count, [=](std::int64_t i) { out[i] = x[i] * y[i]; });
}
void add(const float* x, const float* y, float* out, std::int64_t count) {
  each(count, [=](std::int64_t i) { out[i] = x[i] + y[i]; });
}

/// Numbers of a mask that one 32-bit counter serves.
constexpr std::int64_t kMaskRun = std::int64_t{1} << 30;
/// Another seed for each: 2^64 over the golden ratio.
constexpr std::uint64_t kNextRun = 0x9e3779b97f4a7c15u;

/// The mixing function of Salmon et al. (2011) is more than a mask needs: two rounds of the 32-bit
/// finaliser of MurmurHash3 (Appleby 2011) over the counter, with halves of the seed in between.
void dropout_mask(std::uint64_t seed, float rate, float* mask, std::int64_t count) {
  for (; count > kMaskRun; count -= kMaskRun, mask += kMaskRun, seed += kNextRun) {
    dropout_mask(seed, rate, mask, kMaskRun);
  }
  const auto low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
  const float scale = rate < 1.0f ? 1.0f / (1.0f - rate) : 0.0f;
#pragma omp simd
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(count); ++i) {
    std::uint32_t h = static_cast<std::uint32_t>(i) ^ low;
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    h = (h ^ (h >> 16)) + high;
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    h ^= h >> 16;
    const float uniform = static_cast<float>(static_cast<std::int32_t>(h >> 8)) * 0x1p-24f;
    mask[i] = uniform < rate ? 0.0f : scale;
  }
}

void scale_bytes(const std::uint8_t* bytes, std::int64_t count, float scale, float offset,
                 std::int64_t step, float* out) {
  const auto value = [=](std::int64_t i) {
    return static_cast<float>(static_cast<std::int32_t>(bytes[i])) * scale + offset;
  };
  if (step == 1) return each(count, [=](std::int64_t i) { out[i] = value(i); });
  for (std::int64_t i = 0; i < count; ++i) out[i * step] = value(i);
}

}  // namespace
}  // namespace dlwork::model::plan
