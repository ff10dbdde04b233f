#include "training/gradient_hooks.h"

#include <torch/csrc/autograd/utils/lambda_post_hook.h>

#include <memory>

namespace dlwork::training {

GradientHooks::GradientHooks(const std::vector<torch::Tensor>& parameters,
                             std::function<void(std::size_t)> ready) {
  using torch::autograd::utils::LambdaPostHook;
  using Variables = std::vector<torch::autograd::Variable>;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    auto node = torch::autograd::impl::grad_accumulator(parameters[p]);
    if (!node) continue;  // frozen
    node->add_post_hook(
        std::make_unique<LambdaPostHook>([p, ready](const Variables& outputs, const Variables&) {
          ready(p);
          return outputs;
        }));
    nodes_.push_back(std::move(node));
  }
}

}  // namespace dlwork::training
