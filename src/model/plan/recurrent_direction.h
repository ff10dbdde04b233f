#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/plan/kernels.h"
#include "model/plan/op.h"

namespace dlwork::model::plan {

/// A batch of sequences in time order, [T, N, ...], the longest first: those that go on at a step
/// are its first rows, and nothing is worked out for the others.
struct Series {
  std::int64_t count = 0, steps = 0;
  std::vector<std::int64_t> order;   ///< [N]: which sequence of the batch a row is
  std::vector<std::int64_t> length;  ///< [N], of the rows
  std::vector<std::int64_t> active;  ///< [T]: rows that go on

  void arrange(std::int64_t sequences, std::int64_t longest, const std::int64_t* lengths);
  bool ragged() const { return active.back() < count; }
  /// Zeros at both ends of states [T + 2, N, ...] of so many numbers a step, and wherever none are
  /// worked out.
  void clear(float* states, std::int64_t row) const;
};

enum class CellKind { kGru, kLstm };
enum class Reading { kForwards, kBackwards };

struct DirectionShape {
  CellKind kind = CellKind::kGru;
  Reading reading = Reading::kForwards;
  std::int64_t in = 0, units = 0;
  std::int64_t state_row = 0;     ///< numbers between the states of two sequences
  std::int64_t state_column = 0;  ///< where this direction's begin
};

/// A recurrent layer that reads one way. States [T + 2, N, state_row]: those after step t are at
/// t + 1, and zeros stand at both ends, so that both ways find what was before. Gates and weights
/// are PyTorch's.
class Direction {
 public:
  /// `suffix` "_l0" or "_l0_reverse" of its parameters' names.
  Direction(const DirectionShape& shape, const std::string& prefix, const std::string& suffix,
            const Tensors& tensors);
  /// x: [T, N, in].
  void forward(const Pass& pass, const Series& series, const float* x, float* states);
  /// Gradient of the state that each sequence ends with, [N, units]: to be written before
  /// `backward`, which uses it up.
  float* last_gradient(std::int64_t count) { return d_state_.need(count * s_.units); }
  /// dy: [T, N, state_row] of all states, or none. dx: [T, N, in], or none; `add` to what it holds.
  void backward(const Pass& pass, const Series& series, const float* x, const float* states,
                const float* dy, float* dx, bool add);

 private:
  /// Rows of a weight and the columns among the gates that they give.
  struct Piece {
    std::int64_t row, rows, column;
  };
  /// A weight's gradient: of gates in `piece` and what they were made from.
  struct Factor {
    Piece piece;
    const float* from;
    std::int64_t from_row, width;
    float* gradient;
    float* turned = nullptr;  ///< the gradient with rows and columns exchanged
  };

  /// An odd number of cache lines, so that the same gates of many steps do not fall on the same
  /// lines of the cache.
  std::int64_t gates_row() const { return ((4 * s_.units + 15) / 16 | 1) * 16; }
  std::int64_t place(const Series& series, std::int64_t step, int after) const;
  /// The i-th step that is read.
  std::int64_t step_at(const Series& series, std::int64_t i) const;
  float* gates_at(std::int64_t step, std::int64_t begin) const;
  int parts_of(const Pass& pass, const Series& series) const;
  /// Rows that go on at the i-th step read, of a part's; the cell with its pointers.
  Cell cell_at(const Series& series, std::int64_t step, std::int64_t begin, std::int64_t end,
               const float* states) const;
  void pack_forward();
  void step(const Series& series, const Cell& cell, std::int64_t step, std::int64_t begin,
            const float* x) const;
  void weight_gradients(const Pass& pass, const Series& series, const float* x,
                        const float* states);
  void accumulate(const Factor& factor, std::int64_t begin, std::int64_t count, int part,
                  int parts);
  static std::pair<std::int64_t, std::int64_t> gates_of(const Piece& piece, int part, int parts);
  static void turn_back(const Factor& factor, int part, int parts);
  void input_gradient(const Pass& pass, std::int64_t total, float* dx, bool add);

  DirectionShape s_;
  Piece hidden_;
  std::vector<Piece> input_;
  Parameter input_weight_, hidden_weight_, input_bias_, hidden_bias_;
  std::int64_t gates_step_ = 0;  ///< numbers between the gates of two steps; 0: they are not kept
  Buffer gates_, memory_, d_state_, d_memory_, turned_;
  Buffer packed_hidden_, packed_input_;
  std::vector<std::int64_t> packed_at_;  ///< of each piece of the input's weight
};

}  // namespace dlwork::model::plan
