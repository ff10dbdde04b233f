#include <cmath>
#include <limits>

#include "model/layers.h"
#include "model/shape_rules.h"

// Layers over the steps of sequences, x: [N, T, C].
namespace dlwork::model {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// [N, T, C] seen as [N, C, 1, T]: the channels-last order of pictures one pixel high, so nothing
/// is copied, and the faster kernels run.
Tensor as_picture(const Tensor& x) { return x.transpose(1, 2).unsqueeze(2); }
Tensor as_sequence(const Tensor& picture) {
  return picture.squeeze(2).transpose(1, 2).contiguous();
}

/// Where a window of `reach` steps stands on sequences of these lengths.
Tensor window_places(const Tensor& lengths, std::int64_t padding, std::int64_t reach,
                     std::int64_t stride) {
  return (torch::div(lengths + (padding - reach), stride, "floor") + 1).clamp_min(1);
}

class Conv1dLayer final : public Layer {
 public:
  Conv1dLayer(std::int64_t channels, const spec::Conv1d& options)
      : padding_(padding_of(options)),
        reach_(options.dilation * (options.kernel - 1) + 1),
        stride_(options.stride),
        convolution_(register_module(
            kInner, nn::Conv2d(nn::Conv2dOptions(channels, options.channels, {1, options.kernel})
                                   .stride({1, options.stride})
                                   .padding({0, even() ? padding_.before : 0})
                                   .dilation({1, options.dilation})
                                   .groups(options.groups)
                                   .bias(options.bias)))) {}
  Tensor forward(const Tensor& input) override {
    Tensor x = as_picture(input);
    if (!even()) x = torch::constant_pad_nd(x, {padding_.before, padding_.after});
    return as_sequence(convolution_->forward(x));
  }
  /// Norms and constants leave something past the end, which a window must not see.
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    return forward(input.masked_fill(past_end(lengths, input.size(1)).unsqueeze(2), 0));
  }
  Tensor lengths_after(const Tensor& lengths) const override {
    return window_places(lengths, padding_.before + padding_.after, reach_, stride_);
  }

 private:
  bool even() const { return padding_.before == padding_.after; }

  StepPadding padding_;
  std::int64_t reach_, stride_;
  nn::Conv2d convolution_;
};

/// Each step is spread over a window of the steps that come out.
class ConvTranspose1dLayer final : public Layer {
 public:
  ConvTranspose1dLayer(std::int64_t channels, const spec::ConvTranspose1d& options)
      : stride_(options.stride),
        beyond_(options.padding == "same" ? 0 : options.kernel - options.stride),
        convolution_(register_module(
            kInner, nn::ConvTranspose2d(
                        nn::ConvTranspose2dOptions(channels, options.channels, {1, options.kernel})
                            .stride({1, options.stride})
                            .padding({0, padding_of(options).cut})
                            .output_padding({0, padding_of(options).add})
                            .bias(options.bias)))) {}
  Tensor forward(const Tensor& input) override {
    return as_sequence(convolution_->forward(as_picture(input)));
  }
  /// What stands past the end would reach back over it.
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    return forward(input.masked_fill(past_end(lengths, input.size(1)).unsqueeze(2), 0));
  }
  Tensor lengths_after(const Tensor& lengths) const override { return lengths * stride_ + beyond_; }

 private:
  std::int64_t stride_, beyond_;  ///< steps that come of each, and how many more of the last
  nn::ConvTranspose2d convolution_;
};

class Pool1d final : public Layer {
 public:
  Pool1d(std::int64_t kernel, std::int64_t stride, Pooling how)
      : kernel_(kernel), stride_(stride), how_(how) {}
  Tensor forward(const Tensor& input) override {
    const Tensor x = as_picture(input);
    return as_sequence(how_ == Pooling::kLargest
                           ? torch::max_pool2d(x, {1, kernel_}, {1, stride_})
                           : torch::avg_pool2d(x, {1, kernel_}, {1, stride_}));
  }
  /// A sequence shorter than the window has one all the same, which must not see past its end.
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    const auto past = past_end(lengths, input.size(1)).unsqueeze(2);
    if (how_ == Pooling::kMean) return forward(input.masked_fill(past, 0));
    const Tensor output =
        forward(input.masked_fill(past, -std::numeric_limits<double>::infinity()));
    return output.masked_fill(past_end(lengths_after(lengths), output.size(1)).unsqueeze(2), 0);
  }
  Tensor lengths_after(const Tensor& lengths) const override {
    return window_places(lengths, 0, kernel_, stride_);
  }

 private:
  std::int64_t kernel_, stride_;
  Pooling how_;
};

/// Each step so many times. The repeat_interleave of an older LibTorch asks the device how much
/// that makes, and so cannot be captured as a CUDA graph.
class RepeatSteps final : public Layer {
 public:
  explicit RepeatSteps(std::int64_t factor) : factor_(factor) {}
  Tensor forward(const Tensor& input) override {
    return input.unsqueeze(2).expand({-1, -1, factor_, -1}).flatten(1, 2);
  }
  Tensor lengths_after(const Tensor& lengths) const override { return lengths * factor_; }

 private:
  std::int64_t factor_;
};

class GlobalPool1d final : public Layer {
 public:
  explicit GlobalPool1d(Pooling how) : how_(how) {}
  Tensor forward(const Tensor& input) override {
    return how_ == Pooling::kLargest ? input.amax(1) : input.mean(1);
  }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    const auto past = past_end(lengths, input.size(1)).unsqueeze(2);
    if (how_ == Pooling::kLargest) {
      return input.masked_fill(past, -std::numeric_limits<double>::infinity()).amax(1);
    }
    return input.masked_fill(past, 0).sum(1) / lengths.unsqueeze(1).to(input.scalar_type());
  }

 private:
  Pooling how_;
};

/// Sines of wavelengths from 2 pi to 10000 * 2 pi steps in the even channels, cosines in the odd.
Tensor sinusoids(std::int64_t steps, std::int64_t channels) {
  Tensor table = torch::empty({steps, channels}, torch::kFloat32);
  float* out = table.data_ptr<float>();
  for (std::int64_t t = 0; t < steps; ++t) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const double share = static_cast<double>(c / 2 * 2) / static_cast<double>(channels);
      const double angle = static_cast<double>(t) / std::pow(10000.0, share);
      out[t * channels + c] = static_cast<float>(c % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  return table;
}

class SinusoidalPositions final : public Layer {
 public:
  explicit SinusoidalPositions(const Shape& input) : table_(sinusoids(input[0], input[1])) {}
  Tensor forward(const Tensor& input) override {
    if (table_.device() != input.device()) table_ = table_.to(input.device());
    return input + table_;
  }

 private:
  Tensor table_;  ///< worked out, so no part of the model file
};

class LearnedPositions final : public Layer {
 public:
  explicit LearnedPositions(const Shape& input)
      : table_(register_parameter("weight", torch::zeros({input[0], input[1]}))) {}
  Tensor forward(const Tensor& input) override { return input + table_; }

 private:
  Tensor table_;
};

}  // namespace

std::shared_ptr<Layer> make_conv1d(const PlannedLayer& layer, const spec::Conv1d& options) {
  return std::make_shared<Conv1dLayer>(layer.input[1], options);
}

std::shared_ptr<Layer> make_conv_transpose1d(const PlannedLayer& layer,
                                             const spec::ConvTranspose1d& options) {
  return std::make_shared<ConvTranspose1dLayer>(layer.input[1], options);
}

std::shared_ptr<Layer> make_pool1d(std::int64_t kernel, std::int64_t stride, Pooling how) {
  return std::make_shared<Pool1d>(kernel, stride, how);
}

std::shared_ptr<Layer> make_repeat_steps(std::int64_t factor) {
  return std::make_shared<RepeatSteps>(factor);
}

std::shared_ptr<Layer> make_global_pool(const Shape& input, Pooling how) {
  if (is_sequence(input)) return std::make_shared<GlobalPool1d>(how);
  if (how == Pooling::kMean) return function([](const Tensor& x) { return x.mean({2, 3}); });
  return function([](const Tensor& x) { return x.amax({2, 3}); });
}

std::shared_ptr<Layer> make_positions(const PlannedLayer& layer, const spec::Positions& options) {
  if (options.kind == "learned") return std::make_shared<LearnedPositions>(layer.input);
  return std::make_shared<SinusoidalPositions>(layer.input);
}

}  // namespace dlwork::model
