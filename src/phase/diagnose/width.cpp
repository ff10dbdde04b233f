#include "phase/diagnose/width.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dlwork::phase::diagnose {
namespace {

/// Channels between two layers, as they were and as they are.
struct Channels {
  enum class Known { kAsBefore, kBoth, kNo };
  /// As before: only the samples' own so far, which no factor changes.
  Known known = Known::kAsBefore;
  std::int64_t was = 0, now = 0;
};

std::int64_t largest_divisor(std::int64_t number, std::int64_t most) {
  std::int64_t divisor = std::clamp<std::int64_t>(most, 1, number);
  while (number % divisor != 0) --divisor;
  return divisor;
}

/// The largest number up to `wanted` that divides the channels.
std::int64_t dividing(const Channels& channels, std::int64_t wanted) {
  if (channels.known == Channels::Known::kAsBefore) return wanted;
  if (channels.known == Channels::Known::kNo) return 1;
  return largest_divisor(channels.now, wanted);
}

/// What the channels made by layer `i` must be a multiple of: each pixel_shuffle behind it, up to
/// the next layer with a width, takes a square of them for one.
std::int64_t multiple_behind(const std::vector<spec::LayerSpec>& layers, std::size_t i) {
  std::int64_t multiple = 1;
  for (++i; i < layers.size(); ++i) {
    const auto& options = layers[i].options;
    if (const auto* shuffle = std::get_if<spec::PixelShuffle>(&options)) {
      multiple *= shuffle->factor * shuffle->factor;
    } else if (std::holds_alternative<spec::Conv2d>(options) ||
               std::holds_alternative<spec::ConvTranspose2d>(options)) {
      break;
    }
  }
  return multiple;
}

/// Scales layer after layer, with the channels that come in at hand.
struct WidthScale {
  double factor;
  Channels channels{};
  std::int64_t multiple = 1;  ///< that the layer's channels have to be of

  void through(std::vector<spec::LayerSpec>& layers) {
    const std::int64_t behind = multiple;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      multiple = i + 1 < layers.size() ? multiple_behind(layers, i) : behind;
      std::visit(*this, layers[i].options);
    }
    multiple = behind;
  }

  void operator()(spec::Linear& linear) { scale(linear.units, 1); }
  void operator()(spec::Conv2d& conv) { convolution(conv); }
  void operator()(spec::Conv1d& conv) { convolution(conv); }
  void operator()(spec::ConvTranspose2d& conv) { scale(conv.channels, multiple); }
  void operator()(spec::ConvTranspose1d& conv) { scale(conv.channels, multiple); }
  void operator()(spec::DepthwiseConv2d& conv) {
    channels.was *= conv.multiplier;
    channels.now *= conv.multiplier;
  }
  void operator()(spec::PixelShuffle& shuffle) {
    channels.was /= shuffle.factor * shuffle.factor;
    channels.now /= shuffle.factor * shuffle.factor;
  }
  void operator()(spec::TokenEmbedding& tokens) { scale(tokens.dimension, 1); }
  void operator()(spec::Gru& gru) { recurrent(gru); }
  void operator()(spec::Lstm& lstm) { recurrent(lstm); }
  void operator()(spec::GroupNorm& norm) const { norm.groups = dividing(channels, norm.groups); }
  void operator()(spec::Attention& attention) const {
    attention.heads = dividing(channels, attention.heads);
  }
  void operator()(spec::TransformerEncoder& encoder) const {
    encoder.heads = dividing(channels, encoder.heads);
    if (encoder.feedforward > 0) encoder.feedforward = scaled(encoder.feedforward, 1);
  }
  void operator()(spec::Sequential& sequential) { through(sequential.layers); }
  void operator()(spec::Residual& residual) { through(residual.layers); }
  void operator()(spec::Concat& concat) {
    const Channels before = channels;
    Channels joined{Channels::Known::kBoth, 0, 0};
    for (auto& branch : concat.branches) {
      channels = before;
      std::visit(*this, branch.options);
      if (channels.known != Channels::Known::kBoth) joined.known = Channels::Known::kNo;
      joined.was += channels.was;
      joined.now += channels.now;
    }
    channels = joined;
  }
  /// Everything else has no width of its own.
  template <class Other>
  void operator()(Other&) const {}

 private:
  std::int64_t scaled(std::int64_t width, std::int64_t of) const {
    const double wanted = factor * static_cast<double>(width) / static_cast<double>(of);
    return of * std::max<std::int64_t>(1, std::llround(wanted));
  }

  void scale(std::int64_t& width, std::int64_t of) {
    channels = {Channels::Known::kBoth, width, scaled(width, of)};
    width = channels.now;
  }

  template <class Convolution>
  void convolution(Convolution& conv) {
    const bool is_known = channels.known == Channels::Known::kBoth;
    if (is_known && conv.groups > 1 && conv.groups == channels.was) {
      // Each channel by itself: as many groups as channels, before and after.
      const Channels in = channels;
      channels.was = conv.channels;
      channels.now = in.now * (conv.channels / conv.groups);
      conv.groups = in.now;
      conv.channels = channels.now;
      return;
    }
    conv.groups = dividing(channels, conv.groups);
    scale(conv.channels, std::lcm(conv.groups, multiple));
  }

  template <class Recurrent>
  void recurrent(Recurrent& layer) {
    scale(layer.units, 1);
    if (!layer.bidirectional) return;
    channels.was *= 2;
    channels.now *= 2;
  }
};

}  // namespace

std::vector<spec::LayerSpec> scaled_width(std::vector<spec::LayerSpec> layers, double factor) {
  WidthScale{factor}.through(layers);
  return layers;
}

}  // namespace dlwork::phase::diagnose
