#include "model/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "model/layers.h"

namespace dlwork::model {
namespace {

/// Deviation of the last layer's weights, as a share of He's: starts near a uniform guess, so that
/// the first loss is near its theoretical value.
constexpr double kOutputScale = 0.1;

/// He et al., Delving Deep into Rectifiers (2015), eq. 10: normal with variance 2 / fan-in; biases
/// 0. Norm layers keep LibTorch's ones and zeros; embeddings are normal with variance 1 / width.
void initialise(const PlannedLayer& layer, Layer& module, at::Generator& generator) {
  torch::NoGradGuard no_grad;
  const bool output = std::holds_alternative<spec::Output>(layer.spec.options);
  const bool embedding = std::holds_alternative<spec::Embedding>(layer.spec.options);
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() < 2) continue;
    const double fan_in = static_cast<double>(parameter.numel()) /
                          static_cast<double>(parameter.size(0));
    double deviation = std::sqrt(2.0 / fan_in) * (output ? kOutputScale : 1.0);
    if (embedding) deviation = 1.0 / std::sqrt(static_cast<double>(parameter.size(1)));
    parameter.normal_(0.0, deviation, generator);
  }
  for (auto& item : module.named_parameters()) {
    const std::string& name = item.key();
    if (name.size() >= 4 && name.substr(name.size() - 4) == "bias") item.value().zero_();
  }
}

/// "3.weight": the layer's number and its parameter, without the names of wrapping modules.
std::string parameter_name(std::size_t layer, const std::string& key) {
  std::vector<std::string> kept{std::to_string(layer)};
  for (const std::string& part : split(key, '.')) {
    if (part != "of") kept.push_back(part);
  }
  return join(kept, ".");
}

template <class Spec>
bool any_layer(const std::vector<PlannedLayer>& layers) {
  for (const auto& layer : layers) {
    if (std::holds_alternative<Spec>(layer.spec.options) || any_layer<Spec>(layer.inner)) return true;
  }
  return false;
}

}  // namespace

Network::Network(const std::vector<spec::LayerSpec>& layers, const data::FeatureShape& input,
                 std::int64_t outputs, std::uint64_t seed)
    : plan_(plan_layers(layers, input, outputs)) {
  at::Generator generator = at::detail::createCPUGenerator(derive_seed(seed, "weights"));
  for (const auto& planned : plan_) {
    modules_.push_back(build_layer(planned, BuildContext{input}));
    initialise(planned, *modules_.back(), generator);
  }
  // Set here, once: a network read back from its file must sum in the order of the trained one.
  for (auto [name, parameter] : parameters()) {
    if (parameter.dim() != 4) continue;
    parameter.set_data(parameter.data().contiguous(at::MemoryFormat::ChannelsLast));
  }
}

torch::Tensor Network::forward(const torch::Tensor& x) const {
  torch::Tensor value = x;
  for (const auto& module : modules_) value = module->forward(value);
  return value;
}

torch::Tensor Network::forward(const torch::Tensor& x, const Observer& observe) const {
  torch::Tensor value = x;
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    value = modules_[i]->forward(value);
    observe(i, value);
  }
  return value;
}

std::vector<std::pair<std::string, torch::Tensor>> Network::parameters() const {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    for (const auto& item : modules_[i]->named_parameters()) {
      all.emplace_back(parameter_name(i, item.key()), item.value());
    }
  }
  return all;
}

std::vector<std::pair<std::string, torch::Tensor>> Network::buffers() const {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    for (const auto& item : modules_[i]->named_buffers()) {
      all.emplace_back(parameter_name(i, item.key()), item.value());
    }
  }
  return all;
}

std::vector<torch::Tensor> Network::parameters_of(std::size_t layer) const {
  return modules_[layer]->parameters();
}

std::int64_t Network::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : parameters()) count += tensor.numel();
  return count;
}

bool Network::has_batch_norm() const { return any_layer<spec::BatchNorm>(plan_); }

void Network::set_mode(Mode mode) const {
  for (const auto& module : modules_) module->train(mode == Mode::kTrain);
}

void Network::to(const torch::Device& device) const {
  for (const auto& module : modules_) module->to(device);
}

}  // namespace dlwork::model
