#include "model/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include "dlwork/base/rng.h"
#include "dlwork/base/text.h"
#include "model/initialise.h"
#include "model/layers.h"

namespace dlwork::model {
namespace {

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
    if (std::holds_alternative<Spec>(layer.spec.options) || any_layer<Spec>(layer.inner))
      return true;
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

torch::Tensor Network::forward(const Inputs& inputs, const Observer& observe) const {
  if (!observe) return forward_watched(inputs, {});
  std::size_t next = 0;
  return forward_watched(inputs, [&](const Layer& layer, const torch::Tensor& output) {
    if (&layer == modules_[next].get()) observe(next++, output);
  });
}

Inputs Network::pass(const Inputs& inputs, const Layer::Watch& watch) const {
  torch::Tensor value = inputs.values, lengths = inputs.lengths;
  for (const auto& module : modules_) {
    value = module->forward_watched(value, lengths, watch);
    if (lengths.defined()) lengths = module->lengths_after(lengths);
    if (watch) watch(*module, value);
  }
  return {value, lengths};
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

void Network::measure_batch_norm(const std::function<void()>& feed) const {
  using Options = torch::nn::BatchNormOptions;
  using Momentum = std::decay_t<decltype(std::declval<const Options&>().momentum())>;  // optional
  std::vector<std::pair<Options*, Momentum>> held;
  const auto begin = [&](auto* norm) {
    if (norm == nullptr) return;
    held.emplace_back(&norm->options, norm->options.momentum());
    norm->options.momentum(Momentum());  // a plain mean
    norm->reset_running_stats();
  };
  for (const auto& layer : modules_) {
    for (const auto& module : layer->modules()) {
      begin(module->as<torch::nn::BatchNorm1d>());
      begin(module->as<torch::nn::BatchNorm2d>());
    }
  }
  set_mode(Mode::kTrain);
  feed();
  for (const auto& [options, momentum] : held) options->momentum(momentum);
}

void Network::set_mode(Mode mode) const {
  for (const auto& module : modules_) module->train(mode == Mode::kTrain);
}

void Network::replace(std::size_t layer, std::shared_ptr<Layer> module) {
  modules_[layer] = std::move(module);
  replaced_ = true;
}

void Network::to(const torch::Device& device) const {
  for (const auto& module : modules_) module->to(device);
}

}  // namespace dlwork::model
