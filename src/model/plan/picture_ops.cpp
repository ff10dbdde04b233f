#include <algorithm>
#include <utility>

#include "model/plan/chain.h"
#include "model/plan/parallel.h"
#include "model/shape_rules.h"

namespace dlwork::model::plan {
namespace {

class MaxPool final : public Op {
 public:
  explicit MaxPool(const Pool& pool) : pool_(pool) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    over(pass, [&](const Pool& p, std::int64_t from, std::int64_t to) {
      kernels().max_pool(p, x + from, y + to);
    });
  }
  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    if (!dx) return;
    over(pass, [&](const Pool& p, std::int64_t from, std::int64_t to) {
      kernels().max_pool_backward(p, x + from, y + to, dy + to, dx + from);
    });
  }
  bool reads_output() const override { return true; }

 private:
  template <class Work>
  void over(const Pass& pass, Work work) const {
    const int parts = static_cast<int>(std::min<std::int64_t>(pass.threads, pass.count));
    run_parts(parts, [&](int part) {
      const std::int64_t begin = pass.count * part / parts;
      Pool p = pool_;
      p.count = pass.count * (part + 1) / parts - begin;
      work(p, begin * p.channels * p.height * p.width,
           begin * p.channels * p.out_height * p.out_width);
    });
  }
  Pool pool_;
};

/// Means of windows; with a window as large as the picture, the mean of all.
class MeanPool final : public Op {
 public:
  explicit MeanPool(const Pool& pool) : p_(pool) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    const float share = 1 / static_cast<float>(p_.kernel_down * p_.kernel);
    std::fill_n(y, pass.count * p_.out_height * p_.out_width * p_.channels, 0.0f);
    each(pass, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t c = 0; c < p_.channels; ++c) y[to + c] += x[from + c] * share;
    });
  }
  void backward(const Pass& pass, const float*, const float*, float* dy, float* dx) override {
    if (!dx) return;
    const float share = 1 / static_cast<float>(p_.kernel_down * p_.kernel);
    std::fill_n(dx, pass.count * p_.height * p_.width * p_.channels, 0.0f);
    each(pass, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t c = 0; c < p_.channels; ++c) dx[from + c] += dy[to + c] * share;
    });
  }

 private:
  /// Every pair of a place in x and the place in y whose window it is in.
  template <class Work>
  void each(const Pass& pass, Work work) const {
    for (std::int64_t i = 0; i < pass.count; ++i) {
      for (std::int64_t y = 0; y < p_.out_height; ++y) {
        for (std::int64_t x = 0; x < p_.out_width; ++x) {
          const std::int64_t to = ((i * p_.out_height + y) * p_.out_width + x) * p_.channels;
          for (std::int64_t down = 0; down < p_.kernel_down; ++down) {
            for (std::int64_t right = 0; right < p_.kernel; ++right) {
              work(((i * p_.height + y * p_.stride + down) * p_.width + x * p_.stride + right) *
                       p_.channels,
                   to);
            }
          }
        }
      }
    }
  }
  Pool p_;
};

/// [H, W, C] to [C, H, W], the order that LibTorch's flatten gives.
class Flatten final : public Op {
 public:
  Flatten(std::int64_t channels, std::int64_t places) : channels_(channels), places_(places) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    turn(pass, x, y, places_, channels_);
  }
  void backward(const Pass& pass, const float*, const float*, float* dy, float* dx) override {
    if (dx) turn(pass, dy, dx, channels_, places_);
  }
  bool in_place() const override { return false; }

 private:
  /// Each sample as a matrix [rows, columns], transposed.
  void turn(const Pass& pass, const float* from, float* to, std::int64_t rows,
            std::int64_t columns) const {
    const std::int64_t size = rows * columns;
    for (std::int64_t i = 0; i < pass.count; ++i, from += size, to += size) {
      if (rows == 1 || columns == 1) {
        std::copy_n(from, size, to);
        continue;
      }
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
      }
    }
  }
  std::int64_t channels_, places_;
};

/// y = x + layers(x), or projection(x) + layers(x); and the relu after it.
class Residual final : public Op {
 public:
  Residual(std::unique_ptr<Chain> chain, std::unique_ptr<Op> projection, std::int64_t in)
      : chain_(std::move(chain)), projection_(std::move(projection)), in_(in) {}

  void forward(const Pass& pass, const float* x, float* y) override {
    const std::int64_t count = pass.count * chain_->width();
    const float* skip = x;
    if (projection_) {
      projection_->forward(pass, x, y);
      skip = y;
    }
    kernels().add(skip, chain_->forward(pass, x), y, count);
    if (relu_) kernels().activate(Activation::kRelu, 0, y, y, count);
  }
  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    const std::int64_t count = pass.count * chain_->width();
    if (relu_) kernels().activate_backward(Activation::kRelu, 0, y, y, dy, dy, count);
    if (projection_) {
      projection_->backward(pass, x, y, dy, dx);
    } else if (dx) {
      std::copy_n(dy, count, dx);
    }
    float* through = dx ? through_.need(pass.count * in_) : nullptr;
    chain_->backward(pass, dy, through);
    if (dx) kernels().add(dx, through, dx, pass.count * in_);
  }
  bool learns() const override { return chain_->learns() || projection_; }
  bool draws() const override { return chain_->draws(); }
  bool reads_output() const override { return relu_; }
  bool absorb_relu() override { return !std::exchange(relu_, true); }

 private:
  std::unique_ptr<Chain> chain_;
  std::unique_ptr<Op> projection_;
  std::int64_t in_;
  bool relu_ = false;
  Buffer through_;
};

struct PictureMaker {
  const PlannedLayer& layer;
  const std::string& prefix;
  const Tensors& tensors;

  Pool pool(std::int64_t kernel, std::int64_t stride) const {
    const Shape &in = layer.input, &out = layer.output;
    return {0, in[0], in[1], in[2], kernel, kernel, stride == 0 ? kernel : stride, out[1], out[2]};
  }
  ConvShape conv_shape(std::int64_t kernel) const {
    const Shape &in = layer.input, &out = layer.output;
    return {in[0], in[1], in[2], out[0], out[1], out[2], kernel};
  }
  std::unique_ptr<Op> operator()(const spec::Conv2d& o) const {
    if (o.groups != 1 || o.dilation != 1) return nullptr;
    ConvShape shape = conv_shape(o.kernel);
    shape.padding = padding_of(o);
    shape.stride_down = shape.stride_right = o.stride;
    return make_conv(shape, tensors.parameter(prefix + "weight"),
                     tensors.parameter(prefix + "bias"));
  }
  std::unique_ptr<Op> operator()(const spec::MaxPool2d& o) const {
    return std::make_unique<MaxPool>(pool(o.kernel, o.stride));
  }
  std::unique_ptr<Op> operator()(const spec::AvgPool2d& o) const {
    return std::make_unique<MeanPool>(pool(o.kernel, o.stride));
  }
  std::unique_ptr<Op> operator()(const spec::GlobalAvgPool&) const {
    const Shape& in = layer.input;
    if (in.size() != 3) return nullptr;  // over time
    return std::make_unique<MeanPool>(Pool{0, in[0], in[1], in[2], in[1], in[2], 1, 1, 1});
  }
  std::unique_ptr<Op> operator()(const spec::Flatten&) const {
    const Shape& in = layer.input;
    const std::int64_t channels = in.size() == 3 ? in[0] : 1;
    return std::make_unique<Flatten>(channels, elements(in) / channels);
  }
  std::unique_ptr<Op> operator()(const spec::Residual&) const {
    if (layer.input.size() == 2 && layer.input != layer.output) return nullptr;
    auto chain = std::make_unique<Chain>();
    if (!chain->build(layer.inner, prefix, tensors).empty()) return nullptr;
    std::unique_ptr<Op> projection;
    if (layer.input != layer.output) {
      const Parameter weight = tensors.parameter(prefix + "projection.weight");
      if (layer.input.size() == 3) {
        ConvShape shape = conv_shape(1);
        shape.stride_down = layer.projection_stride[0];
        shape.stride_right = layer.projection_stride[1];
        projection = make_conv(shape, weight, {});
      } else {
        projection = make_linear(layer.input[0], layer.output[0], weight, {});
      }
    }
    return std::make_unique<Residual>(std::move(chain), std::move(projection),
                                      elements(layer.input));
  }
  template <class Options>
  std::unique_ptr<Op> operator()(const Options&) const {
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<Op> make_picture_op(const PlannedLayer& layer, const std::string& prefix,
                                    const Tensors& tensors) {
  return std::visit(PictureMaker{layer, prefix, tensors}, layer.spec.options);
}

}  // namespace dlwork::model::plan
