#include "training/divergence.h"

#include "dlwork/base/text.h"
#include "training/autocast.h"

namespace dlwork::training {
namespace {

bool is_finite(const torch::Tensor& tensor) { return tensor.isfinite().all().item<bool>(); }

/// From zero; in float32, for not all of LibTorch's ops know 16 bits.
double furthest(const torch::Tensor& tensor) {
  return tensor.to(torch::kFloat32).abs().max().item<double>();
}

}  // namespace

std::string broken_layer(const model::Network& network) {
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    for (const auto& weights : network.parameters_of(i)) {
      if (!is_finite(weights)) return network.layers()[i].name;
    }
  }
  return "";
}

std::string broken_gradients(const model::Network& network) {
  for (std::size_t i = network.layers().size(); i-- > 0;) {
    for (const auto& weights : network.parameters_of(i)) {
      if (!weights.grad().defined() || is_finite(weights.grad())) continue;
      return "the gradients of layer " + network.layers()[i].name + " are not finite";
    }
  }
  return "the norm of the gradients is not finite";
}

std::string find_divergence(const model::Network& network, const model::Inputs& inputs,
                            const std::string& precision, model::Network::Mode mode) {
  torch::NoGradGuard no_grad;
  if (!is_finite(inputs.values)) return "in the inputs";
  const std::string broken = broken_layer(network);
  if (!broken.empty()) return "in the weights of layer " + broken + ", broken by the step before";
  std::string where;
  double before = furthest(inputs.values);
  network.set_mode(mode);
  const Autocast autocast(precision, inputs.values.device());
  network.forward(inputs, [&](std::size_t layer, const torch::Tensor& output) {
    if (!where.empty()) return;
    if (is_finite(output)) {
      before = furthest(output);
      return;
    }
    where = "from layer " + network.layers()[layer].name + " on, after values up to " +
            pretty_number(before);
  });
  if (!where.empty()) return where;
  return "in the loss, of outputs up to " + pretty_number(before);
}

}  // namespace dlwork::training
