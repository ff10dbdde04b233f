#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/base/run_context.h"
#include "dlwork/data/dataset.h"
#include "dlwork/spec/project.h"

namespace dlwork::training {

/// What a learner says about each sample: `columns` numbers a row. Classification: probabilities
/// over the classes; regression: one predicted value in the target's own unit.
struct Outputs {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
  const float* row(std::int64_t index) const { return values.data() + index * columns; }
};

struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t steps = 0;  ///< so far
  double train_loss = 0;
  double train_metric = 0;  ///< the goal's metric over the epoch's own batches (training mode)
  double validation_loss = 0;
  double validation_metric = 0;
  double learning_rate = 0;
  double seconds = 0;  ///< so far
};

enum class AfterEpoch { kGoOn, kStop };

struct FitOptions {
  spec::Training training;
  std::uint64_t seed = 1;
  std::vector<std::int64_t> train_rows;       ///< into the dataset's samples
  std::vector<std::int64_t> validation_rows;
  std::string metric;                         ///< that picks the best epoch
  std::filesystem::path checkpoint_folder;    ///< "" : no checkpoints on disk
  bool resume = false;                        ///< go on from checkpoint_folder when one is there
  std::string label;                          ///< for progress: "tune: trial 3"
  std::function<AfterEpoch(const EpochRecord&)> after_epoch;  ///< may be empty
};

struct FitReport {
  std::vector<EpochRecord> history;
  std::int64_t best_epoch = 0;  ///< whose weights the learner now holds
  double best_metric = 0;
  std::string stopped;          ///< "epochs", "early stopping", "pruned", "interrupted"
  double samples_per_second = 0;
  double seconds = 0;
};

/// One layer as the network sees it, measured on a batch.
struct LayerReport {
  std::string name;    ///< "2 conv2d"
  std::string output;  ///< "[32, 14, 14]"
  std::int64_t parameters = 0;
  double activation_mean = 0, activation_deviation = 0;
  double zero_fraction = 0;      ///< of its activations
  double gradient_deviation = 0; ///< of its parameters' gradients; 0 without parameters
};

/// What learns a task. Phases know learners through this interface alone.
class Learner {
 public:
  virtual ~Learner() = default;
  /// Trains; leaves the best epoch's weights. Throws Error(kRuntime) when the loss is not finite
  /// (naming epoch, batch, learning rate) and Error(kInterrupted) after a checkpoint when stopped.
  virtual FitReport fit(const FitOptions& options, RunContext& run) = 0;
  virtual Outputs predict(const data::Samples& samples, const std::vector<std::int64_t>& rows) = 0;
  /// One finding for each unit test of the network, with its numbers.
  virtual std::vector<artefact::Finding> test_network(const spec::NetworkTest& thresholds,
                                                      const FitOptions& options,
                                                      RunContext& run) = 0;
  virtual std::vector<LayerReport> inspect(const std::vector<std::int64_t>& rows) = 0;
  virtual std::int64_t parameter_count() const = 0;
  /// Writes a safetensors file whose metadata carry all that `load_learner` needs.
  virtual void save(const std::filesystem::path& file) = 0;
};

}  // namespace dlwork::training
