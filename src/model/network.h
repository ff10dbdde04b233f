#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/shapes.h"

namespace dlwork::model {

/// One layer as LibTorch runs it.
class Layer : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(const torch::Tensor& input) = 0;
};

/// A network built from a list of layers. x: [N, C, H, W] or [N, D] float32; returns
/// [N, outputs]: logits, or the standardised value. Same seed, same initial weights, whatever else
/// drew random numbers. Weights of convolutions stand in channels-last order, 2 to 4 times faster
/// on a CPU.
class Network {
 public:
  Network(const std::vector<spec::LayerSpec>& layers, const data::FeatureShape& input,
          std::int64_t outputs, std::uint64_t seed);

  torch::Tensor forward(const torch::Tensor& x) const;
  /// The same, showing each layer's output as it comes; the next layer may write over it.
  using Observer = std::function<void(std::size_t layer, const torch::Tensor& output)>;
  torch::Tensor forward(const torch::Tensor& x, const Observer& observe) const;

  const std::vector<PlannedLayer>& layers() const { return plan_; }
  /// "<layer>.<weight>" with its tensor, in order; trainable ones and buffers.
  std::vector<std::pair<std::string, torch::Tensor>> parameters() const;
  std::vector<std::pair<std::string, torch::Tensor>> buffers() const;
  /// Parameters of one layer.
  std::vector<torch::Tensor> parameters_of(std::size_t layer) const;
  std::int64_t parameter_count() const;
  bool has_batch_norm() const;

  enum class Mode { kTrain, kEvaluate };
  void set_mode(Mode mode) const;
  void to(const torch::Device& device) const;

 private:
  std::vector<PlannedLayer> plan_;
  std::vector<std::shared_ptr<Layer>> modules_;
};

}  // namespace dlwork::model
