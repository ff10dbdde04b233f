#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/plan/buffer.h"
#include "model/torch.h"

namespace dlwork::training {

/// Where a batch's inputs are gathered. For the CPU memory that is used again; for CUDA each time
/// page-locked memory of LibTorch's, which copies to the device read while this goes on, and which
/// LibTorch gives out again only when they are done.
class InputBuffer {
 public:
  explicit InputBuffer(const torch::Device& device) : pinned_(device.is_cuda()) {}

  /// For `count` floats, and some more behind them that vectors may read; what was there is lost.
  float* need(std::int64_t count) {
    const std::int64_t room = count + model::plan::kSlack;
    if (pinned_) {
      memory_ =
          torch::empty({room}, torch::TensorOptions().dtype(torch::kFloat32).pinned_memory(true));
    } else if (!memory_.defined() || memory_.size(0) < room) {
      memory_ = torch::zeros({room}, torch::kFloat32);
    }
    return data();
  }
  float* data() const { return memory_.data_ptr<float>(); }
  /// The beginning of it, in this shape.
  torch::Tensor view(const std::vector<std::int64_t>& sizes) const {
    std::int64_t count = 1;
    for (const auto size : sizes) count *= size;
    return memory_.narrow(0, 0, count).view(sizes);
  }

 private:
  bool pinned_;
  torch::Tensor memory_;
};

/// A tensor for the host to write, and its copy on the device: CUDA's begins at once and is waited
/// for by what the device does next, not by the host.
inline torch::Tensor host_tensor(std::int64_t count, torch::ScalarType type,
                                 const torch::Device& device) {
  return torch::empty({count}, torch::TensorOptions().dtype(type).pinned_memory(device.is_cuda()));
}
inline torch::Tensor on_device(const torch::Tensor& host, const torch::Device& device) {
  return host.to(device, /*non_blocking=*/device.is_cuda());
}
/// Numbers of rows, to gather them on the device.
inline torch::Tensor rows_on_device(const std::int64_t* rows, std::int64_t count,
                                    const torch::Device& device) {
  const auto host = host_tensor(count, torch::kInt64, device);
  std::copy_n(rows, count, host.data_ptr<std::int64_t>());
  return on_device(host, device);
}

}  // namespace dlwork::training
