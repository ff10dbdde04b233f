#pragma once

#include <memory>
#include <vector>

#include "dlwork/training/supervised.h"
#include "model/network.h"
#include "training/batches.h"
#include "training/loss.h"
#include "training/optimizer.h"
#include "training/safetensors.h"

namespace dlwork::training {

/// What a network is made of and how its inputs and outputs are to be read: what a model file holds
/// beside the weights.
struct Blueprint {
  std::vector<spec::LayerSpec> layers;
  data::Preprocessor preprocessor;
  TargetCoding coding;
  std::string loss;
  std::vector<std::string> missing_tokens;
  std::string separator = "auto";
  std::uint64_t seed = 1;
};

/// A LibTorch network and its training by gradient descent.
class SupervisedLearner final : public Learner {
 public:
  SupervisedLearner(Blueprint blueprint, const data::Dataset* dataset, const RunContext& run);

  FitReport fit(const FitOptions& options, RunContext& run) override;
  Outputs predict(const data::Samples& samples, const std::vector<std::int64_t>& rows) override;
  std::vector<artefact::Finding> test_network(const spec::NetworkTest& thresholds,
                                              const FitOptions& options, RunContext& run) override;
  std::vector<LayerReport> inspect(const std::vector<std::int64_t>& rows) override;
  RangeTest range_test(const FitOptions& options, RunContext& run) override;
  Outputs embed(const data::Samples& samples, const std::vector<std::int64_t>& rows) override;
  Attribution attribute(const data::Samples& samples, const std::vector<std::int64_t>& rows,
                        const AttributionOptions& options) override;
  Filters first_filters() const override;
  std::int64_t parameter_count() const override { return network_.parameter_count(); }
  void save(const std::filesystem::path& file) override;

  const Blueprint& blueprint() const { return blueprint_; }
  const model::Network& network() const { return network_; }
  model::Network& network() { return network_; }
  const data::Dataset& dataset() const;
  torch::Device device() const { return device_; }
  /// Class weights and label smoothing of a training section.
  LossSettings loss_settings(const spec::Training& training,
                             const std::vector<std::int64_t>& rows) const;
  /// Logits become probabilities, as the loss reads them; a standardised value goes back to its
  /// unit.
  torch::Tensor decode(const torch::Tensor& outputs) const;
  /// Parameters and buffers by name, for files.
  std::vector<std::pair<std::string, torch::Tensor>> named_tensors() const;

 private:
  std::vector<RatePoint> rate_points(const FitOptions& options, RunContext& run);

  Blueprint blueprint_;
  const data::Dataset* dataset_;
  torch::Device device_;
  model::Network network_;
};

/// What a table's categories become for these layers.
data::Categories categories_for(const std::vector<spec::LayerSpec>& layers);

/// Of all named tensors, in their order, and back.
std::vector<torch::Tensor> copies(const SupervisedLearner& learner);
void put_back(const SupervisedLearner& learner, const std::vector<torch::Tensor>& held);

class Runner;
/// Mean loss over rows in evaluation mode, beside their outputs; `at_once`: evaluation_batch.
double evaluate(Runner& runner, Batches& batches, const std::vector<std::int64_t>& rows,
                std::int64_t at_once, Outputs& outputs);

/// Appends decoded outputs of a batch.
void append(Outputs& outputs, const torch::Tensor& decoded);

/// Tensors to and from the file format, whatever their memory order. What is stored shares the
/// memory of a contiguous tensor on the CPU; of others it holds a copy.
StoredTensor store_tensor(const std::string& name, const torch::Tensor& tensor);
torch::Tensor load_tensor(const StoredTensor& stored);
/// The stored tensor has this one's type and shape.
bool fits(const StoredTensor& stored, const torch::Tensor& tensor);

/// Layers as JSON text and back.
std::string layers_text(const std::vector<spec::LayerSpec>& layers);
std::vector<spec::LayerSpec> layers_from_text(const std::string& text);

}  // namespace dlwork::training
