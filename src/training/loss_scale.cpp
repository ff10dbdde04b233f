#include "training/loss_scale.h"

namespace dlwork::training {
namespace {

constexpr double kFirstScale = 65536;
constexpr std::int64_t kGrowAfterSteps = 2000;

}  // namespace

LossScale::LossScale(const std::string& precision, const torch::Device& device) {
  if (precision != "float16") return;
  factor_ = torch::zeros({}, torch::TensorOptions().dtype(torch::kFloat32).device(device));
  restore({kFirstScale, 0});
}

void LossScale::restore(const State& state) {
  if (!active()) return;
  state_ = state;
  factor_.fill_(state_.factor);
}

bool LossScale::unscale(const torch::Tensor& gradients) {
  if (!active()) return true;
  const torch::NoGradGuard no_grad;
  gradients.mul_(1 / state_.factor);
  if (!gradients.isfinite().all().item<bool>()) {
    restore({state_.factor / 2, 0});
    return false;
  }
  if (++state_.steps == kGrowAfterSteps) restore({2 * state_.factor, 0});
  return true;
}

}  // namespace dlwork::training
