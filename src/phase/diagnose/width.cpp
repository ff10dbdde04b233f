#include "phase/diagnose/width.h"

#include <algorithm>
#include <cmath>

namespace dlwork::phase::diagnose {
namespace {

struct Scale {
  double factor;

  std::int64_t operator()(std::int64_t width, std::int64_t multiple) const {
    const double wanted = factor * static_cast<double>(width) / static_cast<double>(multiple);
    return multiple * std::max<std::int64_t>(1, std::llround(wanted));
  }
  void operator()(spec::Linear& linear) const { linear.units = (*this)(linear.units, 1); }
  void operator()(spec::Conv2d& conv) const {
    // Depthwise: as many groups as channels, before and after.
    const bool depthwise = conv.groups == conv.channels && conv.groups > 1;
    conv.channels = (*this)(conv.channels, depthwise ? 1 : conv.groups);
    if (depthwise) conv.groups = conv.channels;
  }
  void operator()(spec::Conv1d& conv) const { conv.channels = (*this)(conv.channels, conv.groups); }
  void operator()(spec::ConvTranspose2d& conv) const { conv.channels = (*this)(conv.channels, 1); }
  void operator()(spec::Gru& gru) const { gru.units = (*this)(gru.units, 1); }
  void operator()(spec::Lstm& lstm) const { lstm.units = (*this)(lstm.units, 1); }
  void operator()(spec::Sequential& sequential) const {
    sequential.layers = scaled_width(std::move(sequential.layers), factor);
  }
  void operator()(spec::Concat& concat) const {
    concat.branches = scaled_width(std::move(concat.branches), factor);
  }
  void operator()(spec::Residual& residual) const {
    residual.layers = scaled_width(std::move(residual.layers), factor);
  }
  /// Everything else has no width of its own.
  template <class Other>
  void operator()(Other&) const {}
};

}  // namespace

std::vector<spec::LayerSpec> scaled_width(std::vector<spec::LayerSpec> layers, double factor) {
  // Behind other layers the vectors' length must fit them; alone it is the network's width.
  if (layers.size() == 1) {
    if (auto* tokens = std::get_if<spec::TokenEmbedding>(&layers.front().options)) {
      tokens->dimension = Scale{factor}(tokens->dimension, 1);
    }
  }
  for (auto& layer : layers) std::visit(Scale{factor}, layer.options);
  return layers;
}

}  // namespace dlwork::phase::diagnose
