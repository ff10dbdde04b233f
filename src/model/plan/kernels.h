#pragma once

#include <cstdint>

namespace dlwork::model::plan {

/// C = A B, plus C, plus bias, then relu. The inner dimension runs over `segments` pieces of `k`
/// numbers each, so that a convolution is one product over rows of its window:
///   C(i, j) = sum over s < segments, p < k of A(i, s, p) B(s, p, j)
///   A(i, s, p) = a[i a_row + s a_segment + p a_step]
///   B(s, p, j) = b[(j / kPanel) b_panel + s b_segment + p b_row + j % kPanel]
/// B may be read up to a panel's width past the last column: its memory must go on so far.
struct Product {
  std::int64_t m = 0, n = 0, k = 0, segments = 1;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_step = 1, a_segment = 0;
  const float* b = nullptr;
  std::int64_t b_row = 0, b_panel = 0, b_segment = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
  const float* bias = nullptr;  ///< [n], or none
  bool add = false;             ///< to what C holds
  bool relu = false;
};

enum class Activation { kNone, kRelu, kGelu, kSilu, kTanh, kSigmoid, kLeakyRelu };

/// Classification: mean cross-entropy as LibTorch defines it, with class weights and label
/// smoothing.
struct CrossEntropy {
  const float* logits = nullptr;          ///< [rows, classes]
  const std::int64_t* targets = nullptr;  ///< [rows]
  const float* class_weights = nullptr;   ///< [classes], or none
  float smoothing = 0;
  float* shares = nullptr;    ///< [rows, classes]: softmax
  float* gradient = nullptr;  ///< [rows, classes], or none when it is not wanted
  std::int64_t rows = 0, classes = 0;
};

/// Normalisation of `rows` x `width` numbers: of each column over all rows (batch norm), or of each
/// row (layer norm).
struct Norm {
  std::int64_t rows = 0, width = 0;
  const float* weight = nullptr;  ///< [width]
  const float* bias = nullptr;    ///< [width]
  float* mean = nullptr;          ///< [width] of columns, [rows] of rows
  float* inverse = nullptr;       ///< 1 / sqrt(variance + epsilon), as `mean`
  float epsilon = 1e-5f;
};

/// A step of `rows` sequences in a recurrent layer. The gates of a sequence stand side by side,
/// those of the same kind together: [i, f, g, o] of an LSTM; [n, r, z, q] of a GRU, where n is the
/// input's share of the candidate and q the state's. A step replaces them by their functions'
/// values (but for q), and a step backward those by their gradients.
struct Cell {
  std::int64_t rows = 0, units = 0;
  float* gates = nullptr;  ///< [rows, 4 units], `gates_row` apart
  std::int64_t gates_row = 0;
  const float* next =
      nullptr;  ///< gates that are worked on next, to have them in the cache, or none
  const float* before = nullptr;  ///< states [rows, units], `state_row` apart, as `after` and `dy`
  float* after = nullptr;
  std::int64_t state_row = 0;
  const float* memory_before = nullptr;  ///< LSTM: [rows, units]
  float* memory_after = nullptr;
  const float* dy = nullptr;  ///< gradient of `after` from the layer above, or none
  /// [rows, units]: gradient of `after` from the step after; then of `before`, for a GRU without
  /// what goes through the gates, for an LSTM unchanged, for all goes through them.
  float* d_state = nullptr;
  float* d_memory = nullptr;  ///< [rows, units]: of `memory_after`, then of `memory_before`
};

struct AdamStep {
  float beta1, beta2, rate, root, epsilon;
  float inside;  ///< decay that joins the gradient
  float keep;    ///< what decoupled decay leaves of a parameter
};
struct SgdStep {
  float momentum, rate, decay;
};
struct RmsPropStep {
  float alpha, fresh;  ///< of the mean square before and of this one; together 1
  float momentum, rate, epsilon, decay;
};
/// Pictures [count, height, width, channels] and windows of kernel_down x kernel.
struct Pool {
  std::int64_t count, channels, height, width, kernel_down, kernel, stride, out_height, out_width;
};

/// The loops of planned networks, compiled for one kind of vectors. All memory is float32,
/// row-major; nothing is allocated.
struct Kernels {
  const char* name;
  std::int64_t panel;  ///< columns that a product takes at once
  void (*product)(const Product& product);
  /// Panels of B from a row-major [k, n] or, transposed, [n, k] matrix: [n / panel][k][panel], the
  /// last filled up with zeros.
  void (*pack)(const float* b, std::int64_t row, std::int64_t k, std::int64_t n, float* out);
  void (*pack_transposed)(const float* b, std::int64_t row, std::int64_t k, std::int64_t n,
                          float* out);
  /// Rows stand `row` numbers apart.
  void (*column_sums)(const float* x, std::int64_t row, std::int64_t rows, std::int64_t width,
                      float* out);
  /// y may be x.
  void (*activate)(Activation kind, float slope, const float* x, float* y, std::int64_t count);
  /// dx may be dy. Relu looks at y alone, as do tanh and sigmoid.
  void (*activate_backward)(Activation kind, float slope, const float* x, const float* y,
                            const float* dy, float* dx, std::int64_t count);
  /// Returns the loss.
  double (*cross_entropy)(const CrossEntropy& loss);
  void (*multiply)(const float* x, const float* y, float* out, std::int64_t count);
  void (*add)(const float* x, const float* y, float* out, std::int64_t count);
  /// Keeps each number with probability 1 - rate, scaled by 1 / (1 - rate); counter-based, so that
  /// the mask depends on seed and place alone.
  void (*dropout_mask)(std::uint64_t seed, float rate, float* mask, std::int64_t count);
  /// Statistics of columns, then y = (x - mean) inverse weight + bias. `variance` [width] is the
  /// biased one, for running figures.
  void (*batch_statistics)(const Norm& norm, const float* x, float* variance);
  void (*batch_apply)(const Norm& norm, const float* x, float* y);
  void (*batch_backward)(const Norm& norm, const float* x, const float* dy, float* dx,
                         float* d_weight, float* d_bias);
  void (*layer_norm)(const Norm& norm, const float* x, float* y);
  void (*layer_norm_backward)(const Norm& norm, const float* x, const float* dy, float* dx,
                              float* d_weight, float* d_bias);
  void (*max_pool)(const Pool& pool, const float* x, float* y);
  /// Adds nothing to what dx held: it is written. The first largest number of a window gets it all.
  void (*max_pool_backward)(const Pool& pool, const float* x, const float* y, const float* dy,
                            float* dx);
  /// out[i * step] = bytes[i] * scale + offset.
  void (*scale_bytes)(const std::uint8_t* bytes, std::int64_t count, float scale, float offset,
                      std::int64_t step, float* out);
  void (*gru_step)(const Cell& cell);
  void (*gru_step_backward)(const Cell& cell);
  void (*lstm_step)(const Cell& cell);
  void (*lstm_step_backward)(const Cell& cell);
  /// Steps of optimizers over parameters x and what is kept beside them.
  void (*adam)(const AdamStep& step, const float* gradient, float* x, float* m, float* v,
               std::int64_t count);
  void (*sgd)(const SgdStep& step, const float* gradient, float* x, float* v, std::int64_t count);
  void (*rmsprop)(const RmsPropStep& step, const float* gradient, float* x, float* square, float* v,
                  std::int64_t count);
};

/// For this machine's processor, found once.
const Kernels& kernels();
/// All that this processor can run, the best last; for tests.
const Kernels* const* all_kernels(int& count);

}  // namespace dlwork::model::plan
