#pragma once

#include <functional>
#include <string>
#include <vector>

#include "training/supervised_learner.h"

namespace dlwork::training {

/// "2.bias", and an LSTM's "0.bias_ih": what is added, where weights are multiplied with.
bool is_bias(const std::string& parameter);

/// In one piece, as float32, in the machine's own memory.
torch::Tensor on_host(const torch::Tensor& values);

/// What stands in the layers of a network in training: one source for TensorBoard's histograms and
/// for the report's spreads.
class LayerValues {
 public:
  /// Activations are those of the first few samples of `rows`.
  LayerValues(const SupervisedLearner& learner, const FlatParameters& flat,
              const std::vector<std::int64_t>& rows);

  struct Parameter {
    std::string name;  ///< "0.weight"
    std::size_t layer;
    std::int64_t begin, count;  ///< in the flat buffers
  };
  using ShowParameter =
      std::function<void(const Parameter&, const float* values, const float* gradients)>;
  /// `values` may stand on another device.
  using ShowActivations =
      std::function<void(const model::PlannedLayer& layer, const torch::Tensor& values)>;
  void parameters(const ShowParameter& show) const;
  /// Of every layer, those inside others too, in evaluation mode.
  void activations(const ShowActivations& show) const;
  /// Of the first to the last layer that learns, a dozen at most. The same for the same weights.
  std::vector<LayerSpread> spreads(std::int64_t epoch) const;

 private:
  const SupervisedLearner& learner_;
  const FlatParameters& flat_;
  std::vector<Parameter> parameters_;
  model::Inputs watched_;  ///< the inputs whose activations are shown
};

/// Whether spreads are taken after this epoch of `epochs`: the first, and from there at even
/// distances, so that they and the last come to `most` epochs.
bool spreads_due(std::int64_t epoch, std::int64_t epochs, std::int64_t most);

}  // namespace dlwork::training
