#include "model/plan/recurrent_direction.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/plan/parallel.h"

namespace dlwork::model::plan {
namespace {

/// Rows whose gates' gradients stay in the cache while they are multiplied.
constexpr std::int64_t kRun = 128;
/// Sequences that a thread should have at least: fewer leave a product's registers empty.
constexpr std::int64_t kRowsAPart = 6;

std::int64_t whole_panels(std::int64_t n) {
  const std::int64_t panel = kernels().panel;
  return (n + panel - 1) / panel * panel;
}

/// a times packed columns.
Product product_with(const float* packed, std::int64_t k, std::int64_t n) {
  Product p;
  p.n = n;
  p.k = k;
  p.b = packed;
  p.b_row = kernels().panel;
  p.b_panel = p.b_row * k;
  return p;
}

}  // namespace

void Series::arrange(std::int64_t sequences, std::int64_t longest, const std::int64_t* lengths) {
  count = sequences;
  steps = longest;
  order.resize(static_cast<std::size_t>(count));
  length.assign(static_cast<std::size_t>(count), steps);
  active.assign(static_cast<std::size_t>(steps), count);
  std::iota(order.begin(), order.end(), 0);
  if (!lengths) return;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return lengths[a] > lengths[b]; });
  std::fill(active.begin(), active.end(), 0);
  for (std::size_t row = 0; row < order.size(); ++row) {
    length[row] = lengths[order[row]];
    for (std::int64_t t = 0; t < length[row]; ++t) ++active[static_cast<std::size_t>(t)];
  }
}

void Series::clear(float* states, std::int64_t row) const {
  if (ragged()) {
    std::fill_n(states, (steps + 2) * row, 0.0f);
  } else {
    std::fill_n(states, row, 0.0f);
    std::fill_n(states + (steps + 1) * row, row, 0.0f);
  }
}

Direction::Direction(const DirectionShape& shape, const std::string& prefix,
                     const std::string& suffix, const Tensors& tensors)
    : s_(shape),
      input_weight_(tensors.parameter(prefix + "weight_ih" + suffix)),
      hidden_weight_(tensors.parameter(prefix + "weight_hh" + suffix)),
      input_bias_(tensors.parameter(prefix + "bias_ih" + suffix)),
      hidden_bias_(tensors.parameter(prefix + "bias_hh" + suffix)) {
  const std::int64_t units = s_.units;
  if (s_.kind == CellKind::kLstm) {
    hidden_ = {0, 4 * units, 0};
    input_ = {hidden_};
    return;
  }
  // The candidate's two parts are kept apart, for the reset gate scales one of them: [n, r, z, q].
  hidden_ = {0, 3 * units, units};
  input_ = {{0, 2 * units, units}, {2 * units, units, 0}};
}

/// Where the states of before or after a step begin.
std::int64_t Direction::place(const Series& series, std::int64_t step, int after) const {
  const std::int64_t before = s_.reading == Reading::kForwards ? 0 : 2;
  return (step + (after ? 1 : before)) * series.count;
}

std::int64_t Direction::step_at(const Series& series, std::int64_t i) const {
  return s_.reading == Reading::kForwards ? i : series.steps - 1 - i;
}

float* Direction::gates_at(std::int64_t step, std::int64_t begin) const {
  return gates_.data() + step * gates_step_ + begin * gates_row();
}

int Direction::parts_of(const Pass& pass, const Series& series) const {
  const double work = static_cast<double>(series.count * series.steps * 4 * s_.units) *
                      static_cast<double>(s_.units + s_.in);
  if (work < kWorthAThread) return 1;
  return static_cast<int>(std::clamp<std::int64_t>(series.count / kRowsAPart, 1, pass.threads));
}

Cell Direction::cell_at(const Series& series, std::int64_t step, std::int64_t begin,
                        std::int64_t end, const float* states) const {
  Cell cell;
  cell.rows = std::min(end, series.active[static_cast<std::size_t>(step)]) - begin;
  cell.units = s_.units;
  cell.state_row = s_.state_row;
  cell.gates_row = gates_row();
  cell.gates = gates_at(step, begin);
  const std::int64_t before = place(series, step, 0) + begin,
                     after = place(series, step, 1) + begin;
  cell.before = states + before * s_.state_row + s_.state_column;
  cell.after = const_cast<float*>(states) + after * s_.state_row + s_.state_column;
  if (s_.kind == CellKind::kLstm) {
    cell.memory_before = memory_.data() + before * s_.units;
    cell.memory_after = memory_.data() + after * s_.units;
  }
  return cell;
}

void Direction::pack_forward() {
  const Kernels& k = kernels();
  k.pack_transposed(hidden_weight_.value, s_.units, s_.units, hidden_.rows,
                    packed_hidden_.need(whole_panels(hidden_.rows) * s_.units));
  packed_at_.clear();
  std::int64_t size = 0;
  for (const Piece& piece : input_) {
    packed_at_.push_back(size);
    size += whole_panels(piece.rows) * s_.in;
  }
  float* packed = packed_input_.need(size);
  for (std::size_t i = 0; i < input_.size(); ++i) {
    k.pack_transposed(input_weight_.value + input_[i].row * s_.in, s_.in, s_.in, input_[i].rows,
                      packed + packed_at_[i]);
  }
}

/// The state's share first, which is all of some gates; then the input's, and the gates' functions.
void Direction::step(const Series& series, const Cell& cell, std::int64_t step, std::int64_t begin,
                     const float* x) const {
  const Kernels& k = kernels();
  Product p = product_with(packed_hidden_.data(), s_.units, hidden_.rows);
  p.m = cell.rows;
  p.a = cell.before;
  p.a_row = s_.state_row;
  p.c = cell.gates + hidden_.column;
  p.c_row = gates_row();
  p.bias = hidden_bias_.value;
  k.product(p);
  for (std::size_t i = 0; i < input_.size(); ++i) {
    const Piece& piece = input_[i];
    Product q = product_with(packed_input_.data() + packed_at_[i], s_.in, piece.rows);
    q.m = cell.rows;
    q.a = x + (step * series.count + begin) * s_.in;
    q.a_row = s_.in;
    q.c = cell.gates + piece.column;
    q.c_row = gates_row();
    q.bias = input_bias_.value + piece.row;
    q.add = piece.column >= hidden_.column;
    k.product(q);
  }
  s_.kind == CellKind::kGru ? k.gru_step(cell) : k.lstm_step(cell);
}

void Direction::forward(const Pass& pass, const Series& series, const float* x, float* states) {
  pack_forward();
  gates_step_ = pass.training ? series.count * gates_row() : 0;
  float* gates = gates_.need((pass.training ? series.steps : 1) * series.count * gates_row());
  if (s_.kind == CellKind::kLstm) {
    const std::int64_t row = series.count * s_.units;
    series.clear(memory_.need((series.steps + 2) * row), row);
  }
  if (pass.training && series.ragged()) {
    std::fill_n(gates, series.steps * series.count * gates_row(), 0.0f);
  }
  const int parts = parts_of(pass, series);
  run_parts(parts, [&](int part) {
    const std::int64_t begin = series.count * part / parts;
    const std::int64_t end = series.count * (part + 1) / parts;
    for (std::int64_t i = 0; i < series.steps; ++i) {
      const std::int64_t t = step_at(series, i);
      Cell cell = cell_at(series, t, begin, end, states);
      if (cell.rows <= 0) continue;
      if (i + 1 < series.steps) cell.next = gates_at(step_at(series, i + 1), begin);
      step(series, cell, t, begin, x);
    }
  });
}

void Direction::backward(const Pass& pass, const Series& series, const float* x,
                         const float* states, const float* dy, float* dx, bool add) {
  const Kernels& k = kernels();
  const bool gru = s_.kind == CellKind::kGru;
  float* d_memory = gru ? nullptr : d_memory_.need(series.count * s_.units);
  if (d_memory) std::fill_n(d_memory, series.count * s_.units, 0.0f);
  k.pack(hidden_weight_.value, s_.units, hidden_.rows, s_.units,
         packed_hidden_.need(whole_panels(s_.units) * hidden_.rows));
  const int parts = parts_of(pass, series);
  run_parts(parts, [&](int part) {
    const std::int64_t begin = series.count * part / parts;
    const std::int64_t end = series.count * (part + 1) / parts;
    Product p = product_with(packed_hidden_.data(), hidden_.rows, s_.units);
    p.a_row = gates_row();
    p.c = d_state_.data() + begin * s_.units;
    p.c_row = s_.units;
    p.add = gru;
    for (std::int64_t i = series.steps - 1; i >= 0; --i) {
      const std::int64_t t = step_at(series, i);
      Cell cell = cell_at(series, t, begin, end, states);
      if (cell.rows <= 0) continue;
      if (i > 0) cell.next = gates_at(step_at(series, i - 1), begin);
      if (dy) cell.dy = dy + (t * series.count + begin) * s_.state_row + s_.state_column;
      cell.d_state = p.c;
      if (d_memory) cell.d_memory = d_memory + begin * s_.units;
      gru ? k.gru_step_backward(cell) : k.lstm_step_backward(cell);
      if (i == 0) break;  // nothing was before it
      p.m = cell.rows;
      p.a = cell.gates + hidden_.column;
      k.product(p);
    }
  });
  weight_gradients(pass, series, x, states);
  if (dx) input_gradient(pass, series.steps * series.count, dx, add);
}

void Direction::weight_gradients(const Pass& pass, const Series& series, const float* x,
                                 const float* states) {
  const float* before = states + place(series, 0, 0) * s_.state_row + s_.state_column;
  // A bias is the weight of a 1 that every step sees.
  const float one = 1;
  std::vector<Factor> factors;
  const auto add = [&](const Piece& piece, const float* from, std::int64_t from_row,
                       std::int64_t width, float* gradient) {
    if (gradient) factors.push_back({piece, from, from_row, width, gradient});
  };
  add(hidden_, before, s_.state_row, s_.units, hidden_weight_.gradient);
  add(hidden_, &one, 0, 1, hidden_bias_.gradient);
  for (const Piece& piece : input_) {
    add(piece, x, s_.in, s_.in, input_weight_.gradient);
    add(piece, &one, 0, 1, input_bias_.gradient);
  }
  std::int64_t size = 0;
  for (const Factor& factor : factors) size += factor.piece.rows * factor.width;
  float* turned = turned_.need(size);
  for (Factor& factor : factors) {
    factor.turned = turned;
    turned += factor.piece.rows * factor.width;
  }
  const int parts = parts_of(pass, series);
  const std::int64_t total = series.steps * series.count;
  run_parts(parts, [&](int part) {
    for (std::int64_t begin = 0; begin < total; begin += kRun) {
      for (const Factor& factor : factors) {
        accumulate(factor, begin, std::min(kRun, total - begin), part, parts);
      }
    }
    for (const Factor& factor : factors) turn_back(factor, part, parts);
  });
}

/// Gates of a piece that a part sees to: whole panels.
std::pair<std::int64_t, std::int64_t> Direction::gates_of(const Piece& piece, int part, int parts) {
  const std::int64_t panels = whole_panels(piece.rows) / kernels().panel;
  const auto bound = [&](int i) {
    return std::min(piece.rows, panels * i / parts * kernels().panel);
  };
  return {bound(part), bound(part + 1)};
}

/// A part's columns of dW^T = sum over steps and sequences of from^T gates, `count` of them. The
/// gates are the factor that is read by panels, which they lie as without being packed.
void Direction::accumulate(const Factor& factor, std::int64_t begin, std::int64_t count, int part,
                           int parts) {
  const auto [first, last] = gates_of(factor.piece, part, parts);
  if (first == last) return;
  Product p;
  p.m = factor.width;
  p.n = last - first;
  p.k = count;
  p.a = factor.from + begin * factor.from_row;
  p.a_row = 1;
  p.a_step = factor.from_row;
  p.b = gates_.data() + begin * gates_row() + factor.piece.column + first;
  p.b_row = gates_row();
  p.b_panel = kernels().panel;
  p.c = factor.turned + first;
  p.c_row = factor.piece.rows;
  p.add = begin > 0;
  kernels().product(p);
}

void Direction::turn_back(const Factor& factor, int part, int parts) {
  const auto [first, last] = gates_of(factor.piece, part, parts);
  for (std::int64_t row = first; row < last; ++row) {
    float* to = factor.gradient + (factor.piece.row + row) * factor.width;
    for (std::int64_t j = 0; j < factor.width; ++j) {
      to[j] = factor.turned[j * factor.piece.rows + row];
    }
  }
}

void Direction::input_gradient(const Pass& pass, std::int64_t total, float* dx, bool add) {
  for (const Piece& piece : input_) {
    float* packed = packed_input_.need(whole_panels(s_.in) * piece.rows);
    kernels().pack(input_weight_.value + piece.row * s_.in, s_.in, piece.rows, s_.in, packed);
    Product p = product_with(packed, piece.rows, s_.in);
    p.m = total;
    p.a = gates_.data() + piece.column;
    p.a_row = gates_row();
    p.c = dx;
    p.c_row = s_.in;
    p.add = add || piece.row > 0;
    multiply(p, pass.threads);
  }
}

}  // namespace dlwork::model::plan
