#include <cmath>
#include <utility>

#include "model/dropout.h"
#include "model/plan/op.h"
#include "model/plan/parallel.h"

namespace dlwork::model::plan {
namespace {

/// y = x W^T + b, and the relu after it. W: [out, in].
class Linear final : public Op {
 public:
  Linear(std::int64_t in, std::int64_t out, Parameter weight, Parameter bias)
      : in_(in), out_(out), weight_(weight), bias_(bias) {}

  void forward(const Pass& pass, const float* x, float* y) override {
    const Kernels& k = kernels();
    const std::int64_t panels = (out_ + k.panel - 1) / k.panel;
    float* packed = packed_.need(panels * k.panel * in_);
    k.pack_transposed(weight_.value, in_, in_, out_, packed);
    Product p;
    p.m = pass.count;
    p.n = out_;
    p.k = in_;
    p.a = x;
    p.a_row = in_;
    p.b = packed;
    p.b_row = k.panel;
    p.b_panel = k.panel * in_;
    p.c = y;
    p.c_row = out_;
    p.bias = bias_.value;
    p.relu = relu_;
    multiply(p, pass.threads);
  }

  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    const Kernels& k = kernels();
    if (relu_) k.activate_backward(Activation::kRelu, 0, y, y, dy, dy, pass.count * out_);
    if (bias_.gradient) k.column_sums(dy, out_, pass.count, out_, bias_.gradient);
    Product p;  // dW = dy^T x
    p.m = out_;
    p.n = in_;
    p.k = pass.count;
    p.a = dy;
    p.a_row = 1;
    p.a_step = out_;
    p.c = weight_.gradient;
    p.c_row = in_;
    second_factor(p, x);
    multiply(p, pass.threads);
    if (!dx) return;
    Product q;  // dx = dy W
    q.m = pass.count;
    q.n = in_;
    q.k = out_;
    q.a = dy;
    q.a_row = out_;
    q.c = dx;
    q.c_row = in_;
    second_factor(q, weight_.value);
    multiply(q, pass.threads);
  }

  bool learns() const override { return true; }
  bool reads_output() const override { return relu_; }
  bool absorb_relu() override { return !std::exchange(relu_, true); }

 private:
  /// b: [k, n] row-major. Long columns of a wide matrix fall on the same lines of the cache, so
  /// that it is worth copying them to one place.
  void second_factor(Product& p, const float* b) {
    const Kernels& k = kernels();
    const std::int64_t panels = (p.n + k.panel - 1) / k.panel;
    if (p.n <= kNarrow || p.m <= kFewRows) {
      p.b = b;
      p.b_row = p.n;
      p.b_panel = k.panel;
      return;
    }
    float* packed = packed_.need(panels * k.panel * p.k);
    k.pack(b, p.n, p.k, p.n, packed);
    p.b = packed;
    p.b_row = k.panel;
    p.b_panel = k.panel * p.k;
  }

  static constexpr std::int64_t kNarrow = 64;
  static constexpr std::int64_t kFewRows = 12;

  std::int64_t in_, out_;
  Parameter weight_, bias_;
  bool relu_ = false;
  Buffer packed_;
};

class Activate final : public Op {
 public:
  Activate(Activation kind, std::int64_t width, float slope = 0)
      : kind_(kind), width_(width), slope_(slope) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    kernels().activate(kind_, slope_, x, y, pass.count * width_);
  }
  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    if (dx) kernels().activate_backward(kind_, slope_, x, y, dy, dx, pass.count * width_);
  }
  bool reads_output() const override {
    return kind_ == Activation::kRelu || kind_ == Activation::kTanh ||
           kind_ == Activation::kSigmoid;
  }

 private:
  Activation kind_;
  std::int64_t width_;
  float slope_;
};

/// Srivastava et al. (2014), with what is kept scaled up while training.
class Dropout final : public Op {
 public:
  Dropout(double rate, std::int64_t width) : rate_(static_cast<float>(rate)), width_(width) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    const std::int64_t count = pass.count * width_;
    if (!pass.training || rate_ == 0) {
      if (y != x) kernels().activate(Activation::kNone, 0, x, y, count);
      return;
    }
    float* mask = mask_.need(count);
    kernels().dropout_mask(draw_mask_seed(), rate_, mask, count);
    kernels().multiply(x, mask, y, count);
  }
  void backward(const Pass& pass, const float*, const float*, float* dy, float* dx) override {
    if (!dx) return;
    const std::int64_t count = pass.count * width_;
    if (rate_ > 0) {
      kernels().multiply(dy, mask_.data(), dx, count);
    } else if (dx != dy) {
      kernels().activate(Activation::kNone, 0, dy, dx, count);
    }
  }
  bool draws() const override { return rate_ > 0; }
  bool in_place() const override { return true; }

 private:
  float rate_;
  std::int64_t width_;
  Buffer mask_;
};

/// An op on each step of a series by itself.
class EachStep final : public Op {
 public:
  EachStep(std::unique_ptr<Op> op, std::int64_t steps) : op_(std::move(op)), steps_(steps) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    op_->forward(of_steps(pass), x, y);
  }
  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    op_->backward(of_steps(pass), x, y, dy, dx);
  }
  bool learns() const override { return op_->learns(); }
  bool reads_output() const override { return op_->reads_output(); }
  bool absorb_relu() override { return op_->absorb_relu(); }

 private:
  Pass of_steps(Pass pass) const {
    pass.count *= steps_;
    pass.lengths = nullptr;
    return pass;
  }
  std::unique_ptr<Op> op_;
  std::int64_t steps_;
};

/// Ba, Kiros and Hinton (2016): over the numbers of a sample.
class LayerNorm final : public Op {
 public:
  LayerNorm(std::int64_t width, double epsilon, Parameter weight, Parameter bias)
      : width_(width), epsilon_(static_cast<float>(epsilon)), weight_(weight), bias_(bias) {}
  void forward(const Pass& pass, const float* x, float* y) override {
    kernels().layer_norm(norm(pass), x, y);
  }
  void backward(const Pass& pass, const float* x, const float*, float* dy, float* dx) override {
    kernels().layer_norm_backward(norm(pass), x, dy, dx, weight_.gradient, bias_.gradient);
  }
  bool learns() const override { return true; }

 private:
  Norm norm(const Pass& pass) {
    float* figures = figures_.need(2 * pass.count);
    return {pass.count,           width_,  weight_.value, bias_.value, figures,
            figures + pass.count, epsilon_};
  }
  std::int64_t width_;
  float epsilon_;
  Parameter weight_, bias_;
  Buffer figures_;
};

/// Ioffe and Szegedy (2015), over samples and, of pictures, places. Running figures as LibTorch
/// keeps them: the variance among them is the unbiased one.
class BatchNorm final : public Op {
 public:
  BatchNorm(std::int64_t channels, std::int64_t places, const spec::BatchNorm& options,
            const std::string& prefix, const Tensors& tensors)
      : channels_(channels),
        places_(places),
        epsilon_(static_cast<float>(options.epsilon)),
        momentum_(options.momentum),
        weight_(tensors.parameter(prefix + "weight")),
        bias_(tensors.parameter(prefix + "bias")),
        running_mean_(tensors.buffer(prefix + "running_mean")),
        running_variance_(tensors.buffer(prefix + "running_var")),
        batches_(tensors.buffer(prefix + "num_batches_tracked")) {
    figures_.need(3 * channels);
  }

  void forward(const Pass& pass, const float* x, float* y) override {
    const Norm n = norm(pass);
    if (pass.training) {
      float* variance = figures_.data() + 2 * channels_;
      kernels().batch_statistics(n, x, variance);
      track(n, variance);
    } else {
      const float* mean = running_mean_.data_ptr<float>();
      const float* variance = running_variance_.data_ptr<float>();
      for (std::int64_t c = 0; c < channels_; ++c) {
        n.mean[c] = mean[c];
        n.inverse[c] = 1 / std::sqrt(variance[c] + epsilon_);
      }
    }
    kernels().batch_apply(n, x, y);
    if (relu_) kernels().activate(Activation::kRelu, 0, y, y, n.rows * channels_);
  }
  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    const Norm n = norm(pass);
    if (relu_) kernels().activate_backward(Activation::kRelu, 0, y, y, dy, dy, n.rows * channels_);
    kernels().batch_backward(n, x, dy, dx, weight_.gradient, bias_.gradient);
  }
  bool learns() const override { return true; }
  bool reads_output() const override { return relu_; }
  bool absorb_relu() override { return !std::exchange(relu_, true); }

 private:
  Norm norm(const Pass& pass) const {
    return {pass.count * places_,        channels_, weight_.value, bias_.value, figures_.data(),
            figures_.data() + channels_, epsilon_};
  }
  void track(const Norm& n, const float* variance) {
    float* mean = running_mean_.data_ptr<float>();
    float* running = running_variance_.data_ptr<float>();
    const double rows = static_cast<double>(n.rows);
    for (std::int64_t c = 0; c < channels_; ++c) {
      const double unbiased = variance[c] * rows / (rows - 1);
      mean[c] = static_cast<float>(momentum_ * n.mean[c] + (1 - momentum_) * mean[c]);
      running[c] = static_cast<float>(momentum_ * unbiased + (1 - momentum_) * running[c]);
    }
    ++*batches_.data_ptr<std::int64_t>();
  }

  std::int64_t channels_, places_;
  float epsilon_;
  double momentum_;
  Parameter weight_, bias_;
  torch::Tensor running_mean_, running_variance_, batches_;
  bool relu_ = false;
  Buffer figures_;
};

struct DenseMaker {
  const PlannedLayer& layer;
  const std::string& prefix;
  const Tensors& tensors;

  std::int64_t width() const {
    std::int64_t product = 1;
    for (const auto side : layer.input) product *= side;
    return product;
  }
  std::unique_ptr<Op> linear() const {
    if (layer.input.size() > 2) return nullptr;
    return each_step(make_linear(layer.input.back(), layer.output.back(),
                                 tensors.parameter(prefix + "weight"),
                                 tensors.parameter(prefix + "bias")));
  }
  /// Of a series, on its last dimension alone.
  std::unique_ptr<Op> each_step(std::unique_ptr<Op> op) const {
    if (layer.input.size() == 1) return op;
    return std::make_unique<EachStep>(std::move(op), layer.input[0]);
  }
  std::unique_ptr<Op> activation(Activation kind, double slope = 0) const {
    return std::make_unique<Activate>(kind, width(), static_cast<float>(slope));
  }
  std::unique_ptr<Op> operator()(const spec::Linear&) const { return linear(); }
  std::unique_ptr<Op> operator()(const spec::Output&) const { return linear(); }
  std::unique_ptr<Op> operator()(const spec::Relu&) const { return activation(Activation::kRelu); }
  std::unique_ptr<Op> operator()(const spec::Gelu&) const { return activation(Activation::kGelu); }
  std::unique_ptr<Op> operator()(const spec::Silu&) const { return activation(Activation::kSilu); }
  std::unique_ptr<Op> operator()(const spec::Tanh&) const { return activation(Activation::kTanh); }
  std::unique_ptr<Op> operator()(const spec::Sigmoid&) const {
    return activation(Activation::kSigmoid);
  }
  std::unique_ptr<Op> operator()(const spec::LeakyRelu& o) const {
    return activation(Activation::kLeakyRelu, o.slope);
  }
  std::unique_ptr<Op> operator()(const spec::Dropout& o) const {
    return std::make_unique<Dropout>(o.rate, width());
  }
  std::unique_ptr<Op> operator()(const spec::LayerNorm& o) const {
    if (layer.input.size() > 2) return nullptr;  // weights of pictures stand in another order
    return each_step(std::make_unique<LayerNorm>(layer.input.back(), o.epsilon,
                                                 tensors.parameter(prefix + "weight"),
                                                 tensors.parameter(prefix + "bias")));
  }
  std::unique_ptr<Op> operator()(const spec::BatchNorm& o) const {
    if (layer.input.size() != 1 && layer.input.size() != 3) return nullptr;
    return std::make_unique<BatchNorm>(layer.input[0], width() / layer.input[0], o, prefix,
                                       tensors);
  }
  template <class Options>
  std::unique_ptr<Op> operator()(const Options&) const {
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<Op> make_linear(std::int64_t in, std::int64_t out, Parameter weight,
                                Parameter bias) {
  return std::make_unique<Linear>(in, out, weight, bias);
}

std::unique_ptr<Op> make_dense_op(const PlannedLayer& layer, const std::string& prefix,
                                  const Tensors& tensors) {
  return std::visit(DenseMaker{layer, prefix, tensors}, layer.spec.options);
}

}  // namespace dlwork::model::plan
