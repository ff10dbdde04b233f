#pragma once

#include <ATen/Context.h>

#include "dlwork/base/machine.h"
#include "model/torch.h"

namespace dlwork::training {

/// Until the device has done what it was asked: CUDA works on after a call returns.
inline void wait_for(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

/// The steady clock, once the device has done what it was asked.
inline double seconds_on(const torch::Device& device) {
  wait_for(device);
  return monotonic_seconds();
}

/// While it lives, gradients may be asked of a network in evaluation mode: cuDNN's recurrent layers
/// give none there, LibTorch's own do. Costs nothing on the CPU.
class EvaluationGradients {
 public:
  EvaluationGradients() { at::globalContext().setUserEnabledCuDNN(false); }
  ~EvaluationGradients() { at::globalContext().setUserEnabledCuDNN(enabled_); }
  EvaluationGradients(const EvaluationGradients&) = delete;
  EvaluationGradients& operator=(const EvaluationGradients&) = delete;

 private:
  bool enabled_ = at::globalContext().userEnabledCuDNN();
};

}  // namespace dlwork::training
