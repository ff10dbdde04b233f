#include <cmath>
#include <limits>

#include "model/layers.h"
#include "model/shape_rules.h"

namespace dlwork::model {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// softmax(Q K' / sqrt(d)) V over heads (Vaswani et al., Attention Is All You Need, 2017, eq. 1 and
/// section 3.2.2). x: [N, T, C]; d: C / heads. Weights stand as in PyTorch's MultiheadAttention.
class SelfAttention final : public Layer {
 public:
  SelfAttention(std::int64_t channels, std::int64_t heads, double dropout)
      : heads_(heads),
        dropout_(dropout),
        in_(register_module("in", nn::Linear(channels, 3 * channels))),
        out_(register_module("out", nn::Linear(channels, channels))) {}

  Tensor forward(const Tensor& input) override { return attend(input, {}); }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    return attend(input, past_end(lengths, input.size(1)).unsqueeze(1).unsqueeze(2));
  }

 private:
  /// `past`: [N, 1, 1, T], steps that nothing may look at; undefined: none.
  Tensor attend(const Tensor& x, const Tensor& past) {
    const std::int64_t samples = x.size(0), steps = x.size(1), channels = x.size(2);
    const std::int64_t width = channels / heads_;
    const auto parts =
        in_->forward(x).view({samples, steps, 3, heads_, width}).permute({2, 0, 3, 1, 4});
    auto scores = torch::matmul(parts[0] * (1 / std::sqrt(static_cast<double>(width))),
                                parts[1].transpose(2, 3));  // [N, heads, T, T]
    if (past.defined()) {
      scores = scores.masked_fill(past, -std::numeric_limits<double>::infinity());
    }
    const auto weights = torch::dropout(torch::softmax(scores, 3), dropout_, is_training());
    return out_->forward(torch::matmul(weights, parts[2]).transpose(1, 2).flatten(2));
  }

  std::int64_t heads_;
  double dropout_;
  nn::Linear in_, out_;
};

/// x + attention, then x + two linear layers with gelu between, each standardised before (Xiong et
/// al., On Layer Normalization in the Transformer Architecture, 2020) or after (Vaswani et al.).
class TransformerBlock final : public Layer {
 public:
  TransformerBlock(std::int64_t channels, const spec::TransformerEncoder& options)
      : norm_first_(options.norm == "first"),
        dropout_(options.dropout),
        attention_(std::make_shared<SelfAttention>(channels, options.heads, options.dropout)),
        linear1_(
            register_module("linear1", nn::Linear(channels, feedforward_width(options, channels)))),
        linear2_(
            register_module("linear2", nn::Linear(feedforward_width(options, channels), channels))),
        norm1_(register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({channels})))),
        norm2_(register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({channels})))) {
    register_module("attention", attention_);
  }

  Tensor forward(const Tensor& input) override { return forward_padded(input, {}); }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    if (norm_first_) {
      const auto x = input + drop(attend(norm1_->forward(input), lengths));
      return x + drop(feed(norm2_->forward(x)));
    }
    const auto x = norm1_->forward(input + drop(attend(input, lengths)));
    return norm2_->forward(x + drop(feed(x)));
  }

 private:
  Tensor attend(const Tensor& x, const Tensor& lengths) {
    return lengths.defined() ? attention_->forward_padded(x, lengths) : attention_->forward(x);
  }
  Tensor feed(const Tensor& x) {
    return linear2_->forward(drop(torch::gelu(linear1_->forward(x))));
  }
  Tensor drop(const Tensor& x) const { return torch::dropout(x, dropout_, is_training()); }

  bool norm_first_;
  double dropout_;
  std::shared_ptr<SelfAttention> attention_;
  nn::Linear linear1_, linear2_;
  nn::LayerNorm norm1_, norm2_;
};

/// Blocks, and where they standardise first, one more norm at the end.
class TransformerEncoder final : public Layer {
 public:
  TransformerEncoder(std::int64_t channels, const spec::TransformerEncoder& options) {
    for (std::int64_t i = 0; i < options.layers; ++i) {
      blocks_.push_back(std::make_shared<TransformerBlock>(channels, options));
      register_module(std::to_string(i), blocks_.back());
    }
    if (options.norm == "first") {
      norm_ = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({channels})));
    }
  }
  Tensor forward(const Tensor& input) override { return forward_padded(input, {}); }
  Tensor forward_padded(const Tensor& input, const Tensor& lengths) override {
    Tensor x = input;
    for (const auto& block : blocks_) x = block->forward_padded(x, lengths);
    return norm_.is_empty() ? x : norm_->forward(x);
  }

 private:
  std::vector<std::shared_ptr<TransformerBlock>> blocks_;
  nn::LayerNorm norm_{nullptr};
};

}  // namespace

std::shared_ptr<Layer> make_attention(const PlannedLayer& layer, const spec::Attention& options) {
  return std::make_shared<SelfAttention>(layer.input[1], options.heads, options.dropout);
}

std::shared_ptr<Layer> make_transformer(const PlannedLayer& layer,
                                        const spec::TransformerEncoder& options) {
  return std::make_shared<TransformerEncoder>(layer.input[1], options);
}

}  // namespace dlwork::model
