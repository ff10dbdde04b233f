#include "training/network_tests/train_step.h"

#include <cmath>

namespace dlwork::training {
namespace {

/// Frozen parameters, which need no gradient, stay outside of the buffer and as they are.
std::vector<std::pair<std::string, torch::Tensor>> trainable(const model::Network& network) {
  auto parameters = network.parameters();
  std::erase_if(parameters, [](const auto& item) { return !item.second.requires_grad(); });
  return parameters;
}

}  // namespace

TrainStep::TrainStep(const SupervisedLearner& learner, const spec::Training& training,
                     LossSettings settings)
    : learner_(learner),
      settings_(std::move(settings)),
      gradient_clip_(training.gradient_clip),
      flat_(trainable(learner.network())),
      optimizer_(make_optimizer(training.optimizer, flat_)) {}

TrainStep::Result TrainStep::gradients(const model::Inputs& inputs, const torch::Tensor& targets) {
  flat_.zero_gradients();
  const auto outputs = learner_.network().forward(inputs);
  const auto loss = compute_loss(learner_.blueprint().loss, outputs, targets, settings_);
  const double value = loss.item<double>();
  if (std::isfinite(value)) loss.backward();
  return {value, outputs.detach()};
}

void TrainStep::update(const Rates& rates, double weight_decay) {
  if (gradient_clip_ > 0) flat_.clip(gradient_clip_);
  torch::NoGradGuard no_grad;
  optimizer_->step(flat_, {rates.learning_rate, rates.momentum, weight_decay});
}

}  // namespace dlwork::training
