#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/training/supervised.h"
#include "model/network.h"
#include "training/batches.h"
#include "training/own_training.h"

namespace dlwork::training {

/// What a network with a loss of its task's own is made of: what its model file holds beside the
/// weights.
struct NetworkBlueprint {
  std::string task;
  std::vector<spec::LayerSpec> layers;
  data::Preprocessor preprocessor;
  std::int64_t outputs = model::kOwnEnd;  ///< of the `output` layer
  std::vector<std::int64_t> input_dims;   ///< of what the network sees; empty: preprocessor.shape()
  std::string loss;
  Json own = Json::object();  ///< what else the task goes by
  std::vector<std::string> missing_tokens;
  std::string separator = "auto";
  std::uint64_t seed = 1;  ///< of the initial weights

  data::FeatureShape input() const;
};
/// For a project, with preprocessing fitted on the training part. The loss is the project's, or
/// `usual_loss` where it names none. Throws Error(kUsage) for a loss of another task.
NetworkBlueprint make_blueprint(const std::string& task, const std::string& usual_loss,
                                const spec::Project& project, const data::Dataset& dataset,
                                const spec::Model& model, std::uint64_t seed);

/// Rows of samples as the network is fed them; valid until the next batch is made.
struct NetworkBatch {
  model::Inputs inputs;
  torch::Tensor targets;  ///< of the task's own making; undefined where it reads them by row
  std::vector<std::int64_t> rows;  ///< into the samples
};

/// A list of layers that learns by a loss of its task's own, over LibTorch's autograd. A task
/// brings `loss` and `describe`, `test_network`, and what it has that is not the usual.
class NetworkLearner : public Learner {
 public:
  /// `dataset` outlives the learner; null for one read from a file. Throws Error(kUsage) where
  /// shapes do not fit.
  NetworkLearner(NetworkBlueprint blueprint, const data::Dataset* dataset, const RunContext& run);

  /// The mean over a batch, one number with a gradient. `outputs` is what the network gives of
  /// `batch.inputs`: values and, of sequences that end early, their steps. Rows are the dataset's.
  virtual torch::Tensor loss(const model::Inputs& outputs, const NetworkBatch& batch) const = 0;
  /// What `predict` says of each of the batch's rows, for the task's metrics: a row each. The
  /// outputs have no gradient.
  virtual Outputs describe(const model::Inputs& outputs, const NetworkBatch& batch,
                           const data::Samples& samples) const = 0;
  /// Rows as the network is fed them; by default as the preprocessor made them, which is what
  /// `prepared` holds.
  virtual NetworkBatch batch_of(model::Inputs prepared, std::vector<std::int64_t> rows) const;
  NetworkBatch batch(Batches& feed, const std::int64_t* rows, std::int64_t count) const;
  /// Throws Error(kUsage) for random changes of samples after which the task's targets are not
  /// theirs any more; by default those that mix two samples.
  virtual void check_augment(const spec::Augment& augment) const;
  /// An epoch's training rows in the order in which they are cut into batches; by default shuffled.
  virtual std::vector<std::int64_t> order(std::vector<std::int64_t> rows, std::int64_t batch_size,
                                          Rng& rng) const;

  FitReport fit(const FitOptions& options, RunContext& run) override;
  Outputs predict(const data::Samples& samples, const std::vector<std::int64_t>& rows) override;
  std::vector<LayerReport> inspect(const std::vector<std::int64_t>& rows) override;
  RangeTest range_test(const FitOptions& options, RunContext& run) override;
  /// What the last layer sees: each channel's mean over a picture's places or a sequence's steps.
  Outputs embed(const data::Samples& samples, const std::vector<std::int64_t>& rows) override;
  Filters first_filters() const override;
  std::int64_t parameter_count() const override { return network_.parameter_count(); }
  void save(const std::filesystem::path& file) override;

  /// `rows` through the network in evaluation mode, without gradients, batch by batch.
  using Seen = std::function<void(const model::Inputs& outputs, const NetworkBatch& batch)>;
  void pass(const data::Samples& samples, const std::vector<std::int64_t>& rows,
            const Seen& seen) const;
  void pass(Batches& feed, const std::vector<std::int64_t>& rows, const Seen& seen) const;
  Batches batches_of(const data::Samples& samples) const {
    return {samples, blueprint_.preprocessor, coding_, device_};
  }

  const NetworkBlueprint& blueprint() const { return blueprint_; }
  const data::FeatureShape& input() const { return input_; }
  const model::Network& network() const { return network_; }
  model::Network& network() { return network_; }
  torch::Device device() const { return device_; }
  /// Of a training by these options.
  OwnNeed need(const FitOptions& options) const;
  const data::Dataset& dataset() const;
  /// Parameters and buffers by name: what is learned.
  NamedTensors tensors() const;
  /// Of one sample.
  const model::Shape& output_shape() const { return network_.layers().back().output; }
  /// Throws Error(kUsage) at the last layer: "linear: gives [10], " and why that is wrong.
  [[noreturn]] void refuse_end(const std::string& why, const std::string& what_to_do) const;

 private:
  /// In evaluation mode, as many rows at a time as memory allows.
  void in_batches(Batches& feed, const std::vector<std::int64_t>& rows,
                  const std::function<void(const NetworkBatch&)>& work) const;
  std::vector<RatePoint> rate_curve(const FitOptions& options, RunContext& run);

  NetworkBlueprint blueprint_;
  const data::Dataset* dataset_;
  torch::Device device_;
  data::FeatureShape input_;
  model::Network network_;
  TargetCoding coding_;  ///< none: who has targets reads them
  std::int64_t evaluated_at_once_;
};

/// A blueprint as a model file has it.
Json to_json(const NetworkBlueprint& blueprint);

/// A learner read back from the file its `save` wrote. Throws Error(kInput) for anything else.
std::unique_ptr<NetworkLearner> load_network(
    const std::filesystem::path& file, const std::string& task,
    const std::function<std::unique_ptr<NetworkLearner>(NetworkBlueprint)>& make);
template <class Of>
std::unique_ptr<Of> load_network(const std::filesystem::path& file, const std::string& task,
                                 const RunContext& run) {
  auto learner = load_network(file, task, [&](NetworkBlueprint blueprint) {
    return std::make_unique<Of>(std::move(blueprint), nullptr, run);
  });
  return std::unique_ptr<Of>(static_cast<Of*>(learner.release()));
}

}  // namespace dlwork::training
