#include "model/plan/plan.h"

namespace dlwork::model::plan {
namespace {

bool is_plain(const torch::Tensor& tensor) {
  return tensor.is_cpu() &&
         (tensor.scalar_type() == torch::kFloat32 || tensor.scalar_type() == torch::kInt64);
}

}  // namespace

Tensors::Tensors(const Network& network) {
  for (const auto& [name, tensor] : network.parameters()) all_.emplace(name, tensor);
  for (const auto& [name, tensor] : network.buffers()) all_.emplace(name, tensor);
}

Parameter Tensors::parameter(const std::string& name) const {
  const auto found = all_.find(name);
  if (found == all_.end()) return {};
  const auto& gradient = found->second.grad();
  return {found->second.data_ptr<float>(),
          gradient.defined() ? gradient.data_ptr<float>() : nullptr};
}

torch::Tensor Tensors::buffer(const std::string& name) const { return all_.at(name); }

std::unique_ptr<Plan> Plan::compile(const Network& network, std::string& why_not) {
  for (const auto& tensors : {network.parameters(), network.buffers()}) {
    for (const auto& [name, tensor] : tensors) {
      if (is_plain(tensor)) continue;
      why_not = "planned kernels are for float32 on the CPU";
      return nullptr;
    }
  }
  if (network.has_replaced()) {
    why_not = "a layer was replaced by another module";
    return nullptr;
  }
  std::unique_ptr<Plan> plan(new Plan);
  const std::string missing = plan->chain_.build(network.layers(), "", Tensors(network));
  if (!missing.empty()) {
    why_not = missing + " has no planned kernel";
    return nullptr;
  }
  plan->first_.push_back(0);
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    plan->first_.push_back(plan->first_.back() + network.parameters_of(i).size());
  }
  return plan;
}

void Plan::on_gradient(std::function<void(std::size_t)> ready) {
  written_ = [this, ready = std::move(ready)](std::size_t layer) {
    for (std::size_t p = first_[layer + 1]; p-- > first_[layer];) ready(p);
  };
}

}  // namespace dlwork::model::plan
