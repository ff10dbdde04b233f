#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/torch.h"

namespace dlwork::training {

/// All trainable parameters of a network in one buffer, their gradients in another; parameters and
/// `grad`s become views, so that a step is one pass over contiguous memory and a checkpoint is one
/// tensor. 4-D weights keep channels-last order where they have it.
class FlatParameters {
 public:
  explicit FlatParameters(const std::vector<std::pair<std::string, torch::Tensor>>& parameters);
  torch::Tensor values;     ///< [total] float32
  torch::Tensor gradients;  ///< [total] float32
  /// Beginning, length and whether weight decay applies (weights with two or more dimensions: not
  /// biases, not norm layers).
  struct Segment {
    std::int64_t begin, length;
    bool decays;
  };
  const std::vector<Segment>& segments() const { return segments_; }
  void zero_gradients() { gradients.zero_(); }
  /// What processes that train together exchange: kHead numbers of theirs, then the gradients.
  torch::Tensor exchanged() const;
  static constexpr std::int64_t kHead = 16;  // keeps the gradients on a cache line
  /// Scales gradients so that their joint norm is at most `limit`; returns the norm before. Where
  /// that is not finite, nothing is scaled.
  double clip(double limit);

 private:
  std::vector<Segment> segments_;
};

struct StepSettings {
  double learning_rate = 1e-3;
  double momentum = 0.9;  ///< momentum of sgd and rmsprop, beta1 of adam and adamw
  double weight_decay = 0;
};

enum class StepChoice { kFastest, kTensors };

/// An update rule over flat buffers. State is plain tensors, in checkpoint order.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// On the CPU by kernels, in one pass over the memory; elsewhere, or where that was chosen, by
  /// LibTorch's ops over all parameters at once, for each is a launch.
  void step(FlatParameters& parameters, const StepSettings& settings);
  std::vector<torch::Tensor>& state() { return state_; }
  std::int64_t& steps() { return steps_; }

 protected:
  Optimizer(const FlatParameters& parameters, StepChoice choice, int buffers);

  /// What a step begins with, once it is counted.
  virtual void begin(const StepSettings&) {}
  /// The settings' decay is this segment's.
  virtual void step_segment(const FlatParameters& parameters,
                            const FlatParameters::Segment& segment,
                            const StepSettings& settings) = 0;
  virtual void step_tensors(FlatParameters& parameters, const StepSettings& settings) = 0;
  /// Adds this share of the parameters that decay.
  void add_decaying(torch::Tensor& to, const FlatParameters& parameters, double share);

  std::vector<torch::Tensor> state_;
  std::int64_t steps_ = 0;

 private:
  bool by_tensors_;
  torch::Tensor decaying_;  ///< [total] float32: 1 for parameters that decay, 0 for others
};

/// sgd (Nesterov momentum; Sutskever et al. 2013), adam (Kingma and Ba 2015, algorithm 1; decay in
/// the gradient), adamw (Loshchilov and Hutter 2019, algorithm 2), rmsprop (Hinton 2012, alpha
/// 0.99). Defaults are PyTorch's: beta2 0.999, epsilon 1e-8.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const FlatParameters& parameters,
                                          StepChoice choice = StepChoice::kFastest);

}  // namespace dlwork::training
