#include <algorithm>

#include "model/plan/recurrent_direction.h"

namespace dlwork::model::plan {
namespace {

/// Recurrent layers on top of each other, each read one way or both.
class Recurrent final : public Op {
 public:
  template <class Options>
  Recurrent(CellKind kind, const Options& o, const PlannedLayer& layer, const std::string& prefix,
            const Tensors& tensors)
      : steps_(layer.input[0]),
        in_(layer.input[1]),
        units_(o.units),
        directions_(o.bidirectional ? 2 : 1),
        gives_last_(o.gives == "last") {
    for (std::int64_t i = 0; i < o.layers; ++i) {
      levels_.emplace_back();
      for (std::int64_t d = 0; d < directions_; ++d) {
        const DirectionShape shape{kind,
                                   d == 0 ? Reading::kForwards : Reading::kBackwards,
                                   i == 0 ? in_ : row(),
                                   units_,
                                   row(),
                                   d * units_};
        levels_.back().directions.emplace_back(
            shape, prefix, "_l" + std::to_string(i) + (d == 0 ? "" : "_reverse"), tensors);
      }
    }
  }

  void forward(const Pass& pass, const float* x, float* y) override {
    series_.arrange(pass.count, steps_, pass.lengths);
    const float* from = to_time_order(x, in_, input_);
    const std::int64_t size = pass.count * row();
    for (Level& level : levels_) {
      float* states = level.states.need((steps_ + 2) * size);
      series_.clear(states, size);
      for (Direction& direction : level.directions) {
        direction.forward(pass, series_, from, states);
      }
      from = states + size;
    }
    gives_last_ ? write_last(from, y) : from_time_order(from, row(), y);
  }

  void backward(const Pass& pass, const float*, const float*, float* dy, float* dx) override {
    const float* gradient = gives_last_ ? nullptr : to_time_order(dy, row(), gradients_[0]);
    for (std::size_t i = levels_.size(); i-- > 0;) {
      Level& level = levels_[i];
      const std::int64_t width = i == 0 ? in_ : row();
      const float* from =
          i == 0 ? input_.data() : levels_[i - 1].states.data() + pass.count * row();
      Buffer& below = gradients_[(levels_.size() - i) % 2];
      float* to = i > 0 || dx ? below.need(steps_ * pass.count * width) : nullptr;
      for (std::size_t d = 0; d < level.directions.size(); ++d) {
        Direction& direction = level.directions[d];
        float* last = direction.last_gradient(pass.count);
        const bool top = i + 1 == levels_.size();
        gives_last_&& top ? read_last(dy, static_cast<std::int64_t>(d), last)
                          : std::fill(last, last + pass.count * units_, 0.0f);
        direction.backward(pass, series_, from, level.states.data(), gradient, to, d > 0);
      }
      gradient = to;
    }
    if (dx) from_time_order(gradient, in_, dx);
  }
  bool learns() const override { return true; }

 private:
  struct Level {
    std::vector<Direction> directions;
    Buffer states;
  };

  /// Numbers of a state, both ways.
  std::int64_t row() const { return directions_ * units_; }

  /// [N, T, width] as the batch has it to [T, N, width], the longest first.
  float* to_time_order(const float* x, std::int64_t width, Buffer& buffer) const {
    float* out = buffer.need(series_.count * steps_ * width);
    for (std::int64_t n = 0; n < series_.count; ++n) {
      const float* from = x + series_.order[static_cast<std::size_t>(n)] * steps_ * width;
      for (std::int64_t t = 0; t < steps_; ++t, from += width) {
        std::copy_n(from, width, out + (t * series_.count + n) * width);
      }
    }
    return out;
  }

  void from_time_order(const float* x, std::int64_t width, float* out) const {
    for (std::int64_t n = 0; n < series_.count; ++n) {
      float* to = out + series_.order[static_cast<std::size_t>(n)] * steps_ * width;
      for (std::int64_t t = 0; t < steps_; ++t, to += width) {
        std::copy_n(x + (t * series_.count + n) * width, width, to);
      }
    }
  }

  /// Of each sequence: forwards the state after its last step, backwards that after its first.
  void write_last(const float* states, float* y) const {
    for (std::int64_t n = 0; n < series_.count; ++n) {
      const auto at = static_cast<std::size_t>(n);
      const std::int64_t last = series_.length[at] - 1;
      float* to = y + series_.order[at] * row();
      std::copy_n(states + (last * series_.count + n) * row(), units_, to);
      if (directions_ == 2) std::copy_n(states + n * row() + units_, units_, to + units_);
    }
  }

  void read_last(const float* dy, std::int64_t direction, float* last) const {
    for (std::int64_t n = 0; n < series_.count; ++n) {
      std::copy_n(dy + series_.order[static_cast<std::size_t>(n)] * row() + direction * units_,
                  units_, last + n * units_);
    }
  }

  std::int64_t steps_, in_, units_, directions_;
  bool gives_last_;
  std::vector<Level> levels_;
  Series series_;
  Buffer input_, gradients_[2];
};

/// LibTorch draws the dropout between layers in an order of its own.
template <class Options>
std::unique_ptr<Op> make(CellKind kind, const Options& options, const PlannedLayer& layer,
                         const std::string& prefix, const Tensors& tensors) {
  if (options.layers > 1 && options.dropout > 0) return nullptr;
  return std::make_unique<Recurrent>(kind, options, layer, prefix, tensors);
}

}  // namespace

std::unique_ptr<Op> make_recurrent_op(const PlannedLayer& layer, const std::string& prefix,
                                      const Tensors& tensors) {
  if (const auto* gru = std::get_if<spec::Gru>(&layer.spec.options)) {
    return make(CellKind::kGru, *gru, layer, prefix, tensors);
  }
  if (const auto* lstm = std::get_if<spec::Lstm>(&layer.spec.options)) {
    return make(CellKind::kLstm, *lstm, layer, prefix, tensors);
  }
  return nullptr;
}

}  // namespace dlwork::model::plan
