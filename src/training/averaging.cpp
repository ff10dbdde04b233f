#include "training/averaging.h"

#include <algorithm>

namespace dlwork::training {

using torch::Tensor;

WeightAverage::WeightAverage(const spec::Averaging& options, const model::Network& network,
                             FlatParameters& parameters)
    : options_(options), network_(network), parameters_(parameters) {
  if (options.method == "none") return;
  state_.push_back(torch::zeros({1}, torch::kInt64));
  for (const Tensor& tensor : tensors()) state_.push_back(torch::zeros_like(tensor));
}

std::vector<Tensor> WeightAverage::tensors() const {
  std::vector<Tensor> all{parameters_.values};
  for (const auto& [name, buffer] : network_.buffers()) {
    if (buffer.is_floating_point()) all.push_back(buffer);
  }
  return all;
}

void WeightAverage::average(double keep) {
  torch::NoGradGuard no_grad;
  const auto now = tensors();
  for (std::size_t i = 0; i < now.size(); ++i) state_[i + 1].lerp_(now[i], 1 - keep);
  state_.front().add_(1);
}

void WeightAverage::after_step() {
  if (!active() || options_.method != "ema") return;
  const auto n = static_cast<double>(count());
  average(n == 0 ? 0 : std::min(options_.decay, (1 + n) / (10 + n)));
}

void WeightAverage::after_epoch(std::int64_t steps, std::int64_t start) {
  if (!active() || options_.method != "swa" || steps < start) return;
  const auto n = static_cast<double>(count());
  average(n / (n + 1));
}

WeightAverage::InPlace::InPlace(WeightAverage& average, const std::function<void()>& feed)
    : average_(average) {
  if (!average.ready()) return;
  torch::NoGradGuard no_grad;
  const auto now = average.tensors();
  for (std::size_t i = 0; i < now.size(); ++i) {
    own_.push_back(now[i].clone());
    Tensor(now[i]).copy_(average.state_[i + 1]);
  }
  if (average.options_.method == "swa" && average.network_.has_batch_norm()) {
    average.network_.measure_batch_norm(feed);
  }
}

WeightAverage::InPlace::~InPlace() {
  torch::NoGradGuard no_grad;
  const auto now = average_.tensors();
  for (std::size_t i = 0; i < own_.size(); ++i) Tensor(now[i]).copy_(own_[i]);
}

}  // namespace dlwork::training
