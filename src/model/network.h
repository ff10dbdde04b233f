#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/shapes.h"
#include "model/torch.h"

namespace dlwork::model {

/// One layer as LibTorch runs it.
class Layer : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(const torch::Tensor& input) = 0;
  /// The same for sequences that end early, input [N, T, C], lengths [N] int64, 1 to T: what stands
  /// past a sequence's end has no part in what is given before it. Layers that look at each step
  /// alone need nothing of it. Group and instance norm, adaptive pooling and flatten count all
  /// steps.
  virtual torch::Tensor forward_padded(const torch::Tensor& input, const torch::Tensor& lengths) {
    static_cast<void>(lengths);
    return forward(input);
  }
  /// Lengths of what it gives.
  virtual torch::Tensor lengths_after(const torch::Tensor& lengths) const { return lengths; }
  /// The layers inside it, in the order of its plan.
  virtual std::vector<std::shared_ptr<Layer>> inner() const { return {}; }
  /// Either of both (lengths undefined: full sequences), showing what each layer inside gives as it
  /// comes, the ones inside that before it. An empty `watch` is shown nothing.
  using Watch = std::function<void(const Layer& layer, const torch::Tensor& output)>;
  virtual torch::Tensor forward_watched(const torch::Tensor& input, const torch::Tensor& lengths,
                                        const Watch& watch) {
    static_cast<void>(watch);
    return lengths.defined() ? forward_padded(input, lengths) : forward(input);
  }
};

/// What a network is asked about: samples, and of sequences that end early their lengths, [N]
/// int64, 1 to T; undefined: all are full.
struct Inputs {
  torch::Tensor values;
  torch::Tensor lengths;

  /// The same change made to both: samples picked, turned round, copied.
  template <class Of>
  Inputs mapped(Of of) const {
    return {of(values), lengths.defined() ? of(lengths) : lengths};
  }
  /// Other values of as many steps.
  Inputs with(torch::Tensor others) const { return {std::move(others), lengths}; }
};

/// A network built from a list of layers. x: [N, C, H, W], [N, T, C] or [N, D] float32; returns
/// [N, outputs]: logits, or the standardised value. Same seed, same initial weights, whatever else
/// drew random numbers. Weights of convolutions stand in channels-last order, 2 to 4 times faster
/// on a CPU.
class Network {
 public:
  Network(const std::vector<spec::LayerSpec>& layers, const data::FeatureShape& input,
          std::int64_t outputs, std::uint64_t seed);

  /// Full samples.
  torch::Tensor forward(const torch::Tensor& x) const;
  torch::Tensor forward(const Inputs& inputs) const { return forward(inputs, nullptr); }
  /// The same, showing each layer's output as it comes; the next layer may write over it.
  using Observer = std::function<void(std::size_t layer, const torch::Tensor& output)>;
  torch::Tensor forward(const Inputs& inputs, const Observer& observe) const;
  /// The same, showing what the layers within layers give too.
  torch::Tensor forward_watched(const Inputs& inputs, const Layer::Watch& watch) const {
    return pass(inputs, watch).values;
  }
  /// The same, with how many steps each sequence has at the end; undefined where all are full.
  Inputs pass(const Inputs& inputs, const Layer::Watch& watch = {}) const;

  const std::vector<PlannedLayer>& layers() const { return plan_; }
  /// "<layer>.<weight>" with its tensor, in order; trainable ones and buffers.
  std::vector<std::pair<std::string, torch::Tensor>> parameters() const;
  std::vector<std::pair<std::string, torch::Tensor>> buffers() const;
  /// Parameters of one layer.
  std::vector<torch::Tensor> parameters_of(std::size_t layer) const;
  std::int64_t parameter_count() const;
  bool has_batch_norm() const;
  /// Replaces batch norm's running means by plain means over the batches that `feed` sends through
  /// the network, which is in training mode meanwhile.
  void measure_batch_norm(const std::function<void()>& feed) const;

  enum class Mode { kTrain, kEvaluate };
  void set_mode(Mode mode) const;
  void to(const torch::Device& device) const;
  /// Puts another module in a layer's place; the plan goes on saying what it was.
  void replace(std::size_t layer, std::shared_ptr<Layer> module);
  /// Whether some layer is not what the plan says.
  bool has_replaced() const { return replaced_; }
  const std::shared_ptr<Layer>& module(std::size_t layer) const { return modules_[layer]; }

 private:
  std::vector<PlannedLayer> plan_;
  std::vector<std::shared_ptr<Layer>> modules_;
  bool replaced_ = false;
};

}  // namespace dlwork::model
