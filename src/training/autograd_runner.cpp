#include "training/autograd_runner.h"

#include "training/autocast.h"
#include "training/mixing.h"

namespace dlwork::training {

using model::Network;

AutogradRunner::AutogradRunner(const SupervisedLearner& learner, const LossSettings& settings,
                               const std::string& path, std::string precision,
                               const LossScale* scale)
    : Runner(path),
      learner_(learner),
      settings_(settings),
      precision_(std::move(precision)),
      scale_(scale && scale->active() ? scale : nullptr) {
  for (const auto& [name, parameter] : learner.network().parameters()) {
    parameters_.push_back(parameter);
  }
}

void AutogradRunner::gather(const Feed& feed) {
  inputs_ = feed.augment ? feed.batches.inputs(feed.rows, feed.count, *feed.augment, *feed.rng)
                         : feed.batches.inputs(feed.rows, feed.count);
  targets_ = feed.with_targets ? feed.batches.targets(feed.rows, feed.count) : torch::Tensor();
  if (!feed.augment) {
    share_ = 1;
    return;
  }
  const Mixture mixture(*feed.augment, inputs_.values.sizes().vec(), *feed.rng);
  share_ = mixture.share();
  if (!mixture.mixes()) return;
  inputs_ = {mixture.apply(inputs_.values), mixture.longest(inputs_.lengths)};
  partners_ = feed.batches.targets(mixture.partners(feed.rows).data(), feed.count);
}

double AutogradRunner::forward(Network::Mode mode, std::uint64_t noise) {
  if (mode == Network::Mode::kTrain) torch::manual_seed(noise);
  run(mode);
  return targets_.defined() ? loss_.item<double>() : 0;
}

void AutogradRunner::run(Network::Mode mode) {
  const bool training = mode == Network::Mode::kTrain;
  const torch::AutoGradMode gradients(training);
  learner_.network().set_mode(mode);
  {
    const Autocast autocast(training ? precision_ : "float32", learner_.device());
    outputs_ = learner_.network().forward(inputs_);
  }
  outputs_ = outputs_.to(torch::kFloat32);
  if (!targets_.defined()) return;
  loss_ = loss_to(targets_);
  if (share_ < 1) loss_ = share_ * loss_ + (1 - share_) * loss_to(partners_);
}

void AutogradRunner::backward() {
  for (auto& parameter : parameters_) {
    if (parameter.grad().defined()) parameter.mutable_grad().zero_();
  }
  (scale_ ? loss_ * scale_->factor() : loss_).backward();
}

void AutogradRunner::on_gradient(std::function<void(std::size_t)> ready) {
  hooks_ = std::make_unique<GradientHooks>(parameters_, std::move(ready));
}

void AutogradRunner::append_outputs(Outputs& outputs) {
  const torch::NoGradGuard no_grad;
  append(outputs, learner_.decode(outputs_));
}

torch::Tensor AutogradRunner::loss_to(const torch::Tensor& targets) const {
  return compute_loss(learner_.blueprint().loss, outputs_, targets, settings_);
}

}  // namespace dlwork::training
