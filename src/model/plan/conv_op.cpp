#include <algorithm>
#include <utility>

#include "model/plan/op.h"
#include "model/plan/parallel.h"

namespace dlwork::model::plan {
namespace {

/// Floats of one image's gradient that stay in the first cache while weights' gradients are summed.
constexpr std::int64_t kChunk = 4096;

/// Copies [height, width, channels] into the middle of zeros, rows and columns `step` apart.
struct Frame {
  std::int64_t height, width;  ///< of the frame
  std::int64_t margin;
  std::int64_t step_down = 1, step_right = 1;

  /// The framed image in `buffer`, whose zeros are written once; the image itself where the frame
  /// adds nothing.
  const float* around(const float* image, std::int64_t rows, std::int64_t columns,
                      std::int64_t channels, Buffer& buffer) const {
    if (margin == 0 && step_down == 1 && step_right == 1) return image;
    float* frame = buffer.data();
    if (!frame) {
      const std::int64_t size = height * width * channels;
      frame = buffer.need(size);
      std::fill_n(frame, size, 0.0f);
    }
    fill(image, rows, columns, channels, frame);
    return frame;
  }

 private:
  void fill(const float* image, std::int64_t rows, std::int64_t columns, std::int64_t channels,
            float* frame) const {
    for (std::int64_t y = 0; y < rows; ++y) {
      float* to = frame + ((margin + y * step_down) * width + margin) * channels;
      if (step_right == 1) {
        std::copy_n(image, columns * channels, to);
        image += columns * channels;
        continue;
      }
      for (std::int64_t x = 0; x < columns; ++x, image += channels) {
        std::copy_n(image, channels, to + x * step_right * channels);
      }
    }
  }
};

/// A convolution as matrix products over rows of the window, which lie together in channels-last
/// memory: nothing is gathered but one image with its margin of zeros, which stays in the cache.
/// Weights: [out, kernel, kernel, in].
class Conv final : public Op {
 public:
  Conv(const ConvShape& shape, Parameter weight, Parameter bias)
      : s_(shape),
        weight_(weight),
        bias_(bias),
        input_{shape.height + 2 * shape.padding, shape.width + 2 * shape.padding, shape.padding},
        gradient_{shape.height + shape.kernel - 1, shape.width + shape.kernel - 1,
                  shape.kernel - 1 - shape.padding, shape.stride_down, shape.stride_right} {}

  void forward(const Pass& pass, const float* x, float* y) override {
    const std::int64_t inner = s_.kernel * s_.kernel * s_.in;
    float* packed = packed_.need(panels(s_.out) * inner);
    kernels().pack_transposed(weight_.value, inner, inner, s_.out, packed);
    Product p;
    p.m = s_.out_width;
    p.n = s_.out;
    p.k = s_.kernel * s_.in;
    p.segments = s_.kernel;
    p.a_row = s_.stride_right * s_.in;
    p.a_segment = input_.width * s_.in;
    p.b = packed;
    p.b_row = kernels().panel;
    p.b_panel = inner * p.b_row;
    p.b_segment = p.k * p.b_row;
    p.c_row = s_.out;
    p.bias = bias_.value;
    p.relu = relu_;
    over_images(pass, [&](int part, std::int64_t image, bool) {
      Product row = p;
      const float* framed = frame_input(part, x, image);
      for (std::int64_t i = 0; i < s_.out_height; ++i) {
        row.a = framed + i * s_.stride_down * p.a_segment;
        row.c = y + (image * s_.out_height + i) * s_.out_width * s_.out;
        kernels().product(row);
      }
    });
  }

  /// Image by image, so that its gradient is in the cache from the first to the last use.
  void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) override {
    const Product to_input = dx ? input_product() : Product();
    const std::int64_t places = s_.out_height * s_.out_width;
    over_images(pass, [&](int part, std::int64_t image, bool first) {
      Scratch& scratch = scratch_[static_cast<std::size_t>(part)];
      float* gradient = dy + image * out_size();
      if (relu_) {
        const float* out = y + image * out_size();
        kernels().activate_backward(Activation::kRelu, 0, out, out, gradient, gradient, out_size());
      }
      if (bias_.gradient) {
        float* sums = part == 0 ? bias_.gradient : scratch.bias.need(s_.out);
        float* here = first ? sums : scratch.image_bias.need(s_.out);
        kernels().column_sums(gradient, s_.out, places, s_.out, here);
        if (!first) kernels().add(sums, here, sums, s_.out);
      }
      float* weights = part == 0 ? weight_.gradient : scratch.weights.need(weight_count());
      weight_gradient(part, frame_input(part, x, image), gradient, first, weights);
      if (dx) input_gradient(part, to_input, gradient, dx + image * in_size());
    });
    for (int part = 1; part < parts_of(pass); ++part) {
      const Scratch& scratch = scratch_[static_cast<std::size_t>(part)];
      kernels().add(weight_.gradient, scratch.weights.data(), weight_.gradient, weight_count());
      if (bias_.gradient) {
        kernels().add(bias_.gradient, scratch.bias.data(), bias_.gradient, s_.out);
      }
    }
  }

  bool learns() const override { return true; }
  bool reads_output() const override { return relu_; }
  bool absorb_relu() override { return !std::exchange(relu_, true); }

 private:
  static std::int64_t panels(std::int64_t n) {
    return (n + kernels().panel - 1) / kernels().panel * kernels().panel;
  }
  static int parts_of(const Pass& pass) {
    return static_cast<int>(std::min<std::int64_t>(pass.threads, pass.count));
  }
  std::int64_t weight_count() const { return s_.out * s_.kernel * s_.kernel * s_.in; }
  std::int64_t in_size() const { return s_.height * s_.width * s_.in; }
  std::int64_t out_size() const { return s_.out_height * s_.out_width * s_.out; }

  /// work(part, image, whether it is the part's first) for every image; parts run side by side,
  /// each image in the same part whatever happens.
  template <class Work>
  void over_images(const Pass& pass, Work work) {
    const int parts = parts_of(pass);
    scratch_.resize(std::max<std::size_t>(scratch_.size(), static_cast<std::size_t>(parts)));
    run_parts(parts, [&](int part) {
      const std::int64_t begin = pass.count * part / parts, end = pass.count * (part + 1) / parts;
      for (std::int64_t image = begin; image < end; ++image) work(part, image, image == begin);
    });
  }

  const float* frame_input(int part, const float* x, std::int64_t image) {
    return input_.around(x + image * in_size(), s_.height, s_.width, s_.in,
                         scratch_[static_cast<std::size_t>(part)].input);
  }

  /// Adds an image's share, or begins with it: dW(o, window) = sum over places of dy(place, o)
  /// x(place + window).
  void weight_gradient(int part, const float* framed, const float* gradient, bool first,
                       float* weights) {
    const std::int64_t rows_at_once = std::max<std::int64_t>(1, kChunk / (s_.out_width * s_.out));
    Product p;
    p.m = s_.out;
    p.k = s_.out_width;
    p.a_row = 1;
    p.a_step = s_.out;
    p.a_segment = s_.out_width * s_.out;
    p.c_row = weight_count() / s_.out;
    for (std::int64_t begin = 0; begin < s_.out_height; begin += rows_at_once) {
      p.segments = std::min(rows_at_once, s_.out_height - begin);
      p.a = gradient + begin * p.a_segment;
      p.add = !first || begin > 0;
      const float* from = framed + begin * s_.stride_down * input_.width * s_.in;
      if (s_.kernel * s_.in < kernels().panel) {
        narrow_window(part, p, from, weights);
      } else {
        wide_window(p, from, weights);
      }
    }
  }

  /// A row of the window after the other.
  void wide_window(Product& p, const float* from, float* sums) const {
    p.n = s_.kernel * s_.in;
    p.b_row = s_.stride_right * s_.in;
    p.b_segment = s_.stride_down * input_.width * s_.in;
    p.b_panel = kernels().panel;
    for (std::int64_t i = 0; i < s_.kernel; ++i) {
      p.b = from + i * input_.width * s_.in;
      p.c = sums + i * p.n;
      kernels().product(p);
    }
  }

  /// The whole window at once, gathered: of few channels a row would leave most of a vector empty.
  void narrow_window(int part, Product& p, const float* from, float* sums) {
    const std::int64_t run = s_.kernel * s_.in;
    p.n = s_.kernel * run;
    p.b_row = p.n;
    p.b_segment = s_.out_width * p.n;
    p.b_panel = kernels().panel;
    float* windows =
        scratch_[static_cast<std::size_t>(part)].windows.need(p.segments * p.b_segment);
    float* to = windows;
    for (std::int64_t y = 0; y < p.segments; ++y) {
      for (std::int64_t x = 0; x < s_.out_width; ++x) {
        const float* corner =
            from + (y * s_.stride_down * input_.width + x * s_.stride_right) * s_.in;
        for (std::int64_t i = 0; i < s_.kernel; ++i, to += run) {
          std::copy_n(corner + i * input_.width * s_.in, run, to);
        }
      }
    }
    p.b = windows;
    p.c = sums;
    kernels().product(p);
  }

  /// dx is the convolution of dy, its places `stride` apart, with the window turned round.
  Product input_product() {
    const std::int64_t k = s_.kernel, panel = kernels().panel, inner = k * k * s_.out;
    float* packed = packed_.need(panels(s_.in) * inner);
    for (std::int64_t place = 0; place < k * k; ++place) {
      const float* from = weight_.value + (k * k - 1 - place) * s_.in;
      for (std::int64_t c = 0; c < s_.in; c += panel) {
        kernels().pack(from + c, k * k * s_.in, s_.out, std::min(panel, s_.in - c),
                       packed + c * inner + place * s_.out * panel);
      }
    }
    Product p;
    p.m = s_.width;
    p.n = s_.in;
    p.k = k * s_.out;
    p.segments = k;
    p.a_row = s_.out;
    p.a_segment = gradient_.width * s_.out;
    p.b = packed;
    p.b_row = panel;
    p.b_panel = inner * panel;
    p.b_segment = p.k * panel;
    p.c_row = s_.in;
    return p;
  }

  void input_gradient(int part, Product row, const float* gradient, float* dx) {
    const float* framed = gradient_.around(gradient, s_.out_height, s_.out_width, s_.out,
                                           scratch_[static_cast<std::size_t>(part)].gradient);
    for (std::int64_t i = 0; i < s_.height; ++i) {
      row.a = framed + i * row.a_segment;
      row.c = dx + i * s_.width * s_.in;
      kernels().product(row);
    }
  }

  struct Scratch {
    Buffer input, gradient, windows, weights, bias, image_bias;
  };
  ConvShape s_;
  Parameter weight_, bias_;
  Frame input_, gradient_;
  bool relu_ = false;
  Buffer packed_;
  std::vector<Scratch> scratch_;
};

}  // namespace

std::unique_ptr<Op> make_conv(const ConvShape& shape, Parameter weight, Parameter bias) {
  // A window that reaches over the edge by more than itself leaves nothing to turn round.
  if (shape.padding >= shape.kernel) return nullptr;
  return std::make_unique<Conv>(shape, weight, bias);
}

}  // namespace dlwork::model::plan
