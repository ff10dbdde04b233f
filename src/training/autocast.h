#pragma once

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <string>

#include "model/torch.h"

namespace dlwork::training {

/// LibTorch's kernels for the CPU know float16 from 2.4 on; those for CUDA always did.
inline constexpr bool kHalfOnCpu = TORCH_VERSION_MAJOR > 2 ||
                                   (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4);

/// Within its scope matrix products and convolutions work in bfloat16 or float16 where `precision`
/// says so; weights, gradients of weights and losses stay float32. Micikevicius et al., Mixed
/// Precision Training (2018); float16 needs a LossScale beside it, bfloat16's range does not.
class Autocast {
 public:
  Autocast(const std::string& precision, const torch::Device& device)
      : cuda_(device.is_cuda()), half_(precision == "float16"), active_(precision != "float32") {
    if (!active_) return;
    enable(true);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (!active_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    enable(false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  void enable(bool on) const {
    const auto device = cuda_ ? at::kCUDA : at::kCPU;
    at::autocast::set_autocast_dtype(device, half_ ? at::kHalf : at::kBFloat16);
    at::autocast::set_autocast_enabled(device, on);
  }
#else
  void enable(bool on) const {
    if (cuda_) {
      at::autocast::set_autocast_gpu_dtype(half_ ? at::kHalf : at::kBFloat16);
      at::autocast::set_enabled(on);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_cpu_enabled(on);
    }
  }
#endif

  bool cuda_;
  bool half_;
  bool active_;
};

}  // namespace dlwork::training
