#pragma once

#include <memory>
#include <string>
#include <vector>

#include "training/gradient_hooks.h"
#include "training/loss_scale.h"
#include "training/runner.h"

namespace dlwork::training {

/// Any network on any device, by LibTorch's own layers and autograd.
class AutogradRunner : public Runner {
 public:
  /// `scale` may be null, and outlives this.
  AutogradRunner(const SupervisedLearner& learner, const LossSettings& settings,
                 const std::string& path, std::string precision, const LossScale* scale);

  void gather(const Feed& feed) override;
  double forward(model::Network::Mode mode, std::uint64_t noise) override;
  void backward() override;
  void append_outputs(Outputs& outputs) override;
  void on_gradient(std::function<void(std::size_t)> ready) override;

 protected:
  /// The batch through the network; `loss_` is left alone where it has no targets.
  void run(model::Network::Mode mode);

  const SupervisedLearner& learner_;
  model::Inputs inputs_;
  torch::Tensor targets_, outputs_, loss_;

 private:
  torch::Tensor loss_to(const torch::Tensor& targets) const;

  LossSettings settings_;
  std::string precision_;
  const LossScale* scale_;
  std::vector<torch::Tensor> parameters_;
  std::unique_ptr<GradientHooks> hooks_;
  torch::Tensor partners_;  ///< targets of those that samples are mixed with
  double share_ = 1;        ///< of the samples themselves
};

}  // namespace dlwork::training
