#include <limits>

#include "model/layers.h"

// Convolutions of one pixel.
namespace dlwork::model {
namespace {

using torch::Tensor;

/// A convolution with a 1 x 1 kernel as a matrix product: [N, in, H, W] -> [N, out, H', W'] in
/// channels-last memory. On the CPU it is not left to LibTorch, whose oneDNN (3.12, AVX2) writes
/// past the end of the weights' gradient where channels do not fill its vectors.
class PointwiseLayer final : public Layer {
 public:
  PointwiseLayer(std::int64_t in, std::int64_t out, std::array<std::int64_t, 2> stride, bool bias)
      : stride_(stride), weight_(register_parameter("weight", torch::zeros({out, in, 1, 1}))) {
    if (bias) bias_ = register_parameter("bias", torch::zeros({out}));
  }
  Tensor forward(const Tensor& input) override {
    if (!input.is_cpu()) return torch::conv2d(input, weight_, bias_, {stride_[0], stride_[1]});
    constexpr auto kEnd = std::numeric_limits<std::int64_t>::max();
    const Tensor seen = stride_[0] * stride_[1] == 1
                            ? input
                            : input.slice(2, 0, kEnd, stride_[0]).slice(3, 0, kEnd, stride_[1]);
    return torch::linear(seen.permute({0, 2, 3, 1}), weight_.flatten(1), bias_)
        .permute({0, 3, 1, 2});
  }

 private:
  std::array<std::int64_t, 2> stride_;
  Tensor weight_, bias_;
};

}  // namespace

std::shared_ptr<Layer> make_pointwise(std::int64_t in, std::int64_t out,
                                      std::array<std::int64_t, 2> stride, bool bias) {
  return std::make_shared<PointwiseLayer>(in, out, stride, bias);
}

}  // namespace dlwork::model
