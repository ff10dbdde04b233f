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
/// over the classes; regression: one predicted value in the target's own unit; where samples have
/// no target: figures of how well each row went.
struct Outputs {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
  std::vector<std::string> texts{};  ///< of each row, of learners that write texts
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
  std::vector<std::int64_t> train_rows;  ///< into the dataset's samples
  std::vector<std::int64_t> validation_rows;
  std::string metric;                       ///< that picks the best epoch
  std::filesystem::path checkpoint_folder;  ///< "" : no checkpoints on disk
  bool resume = false;                      ///< go on from checkpoint_folder when one is there
  std::filesystem::path events_folder;      ///< for TensorBoard's files; "": none are written
  std::string label;                        ///< for progress: "tune: trial 3"
  std::function<AfterEpoch(const EpochRecord&)> after_epoch;  ///< may be empty
  /// Told once of the epochs of a checkpoint that the fit goes on from, which `after_epoch` was
  /// told of by the run before; may be empty.
  std::function<AfterEpoch(const std::vector<EpochRecord>&)> resumed{};
  double progress_seconds = 0.1;     ///< between two reports of progress, at least
  std::filesystem::path trace_file;  ///< "" : no trace; else one for Chrome's about:tracing
  std::int64_t spreads = 0;          ///< epochs, at most, after which FitReport::spreads are taken
  /// First epochs over which FitReport::label_dynamics are taken; 0: none. Of networks whose
  /// outputs are shares of classes.
  std::int64_t label_epochs = 0;
};

/// Where the time of a fit went, in seconds.
struct FitTimes {
  double data = 0;  ///< gathering batches
  double forward = 0, backward = 0, optimizer = 0;
  double evaluation = 0, checkpoint = 0;
  double events = 0;       ///< writing TensorBoard's files
  double exchange = 0;     ///< waiting for other processes
  std::int64_t steps = 0;  ///< of this run: not those before a resume
};

/// How the values in a layer were spread when an epoch ended: quantiles of 5, 50 and 95 %.
struct LayerSpread {
  enum class Of { kWeights, kBiases, kActivations, kGradients };
  std::int64_t epoch = 0;
  std::int64_t layer = 0;  ///< its place among those that `inspect` reports
  Of of = Of::kWeights;
  double low = 0, median = 0, high = 0;
};

/// What a network said of the label of each training row while it learned from it, in training
/// mode, before the step that followed: means over `epochs`, in the order of
/// FitOptions::train_rows.
struct LabelDynamics {
  std::int64_t epochs = 0;
  /// Logit of the label less the largest other one: the area under the margin (Pleiss et al. 2020,
  /// eq. 1 and 2).
  std::vector<double> margin;
  /// Share of the label and its deviation over the epochs: confidence and variability (Swayamdipta
  /// et al. 2020, section 2.1).
  std::vector<double> confidence, variability;
};

struct FitReport {
  std::vector<EpochRecord> history;
  std::vector<LayerSpread> spreads;  ///< by epoch, then by layer; none unless asked for
  std::int64_t best_epoch = 0;       ///< whose weights the learner now holds
  double best_metric = 0;
  std::string stopped;    ///< "epochs", "early stopping", "pruned", "interrupted"
  std::string path;       ///< "planned", "CUDA graph", or "autograd" and why none of these
  std::string feeding{};  ///< how batches came: "not gathered ahead: that takes 1.2 % of a step"
  FitTimes times;
  double samples_per_second = 0;
  double seconds = 0;
  int processes = 1;               ///< that trained together
  LabelDynamics label_dynamics{};  ///< empty unless asked for
};

/// Counts of values in bins of equal width from `low` to `high`.
struct Histogram {
  double low = 0, high = 0;
  std::vector<std::int64_t> counts;
};

/// One layer as the network sees it, measured on a batch.
struct LayerReport {
  std::string name;    ///< "2 conv2d"; "4.1 relu" inside another
  std::string output;  ///< "[32, 14, 14]"
  std::int64_t parameters = 0;
  double activation_mean = 0, activation_deviation = 0;
  double zero_fraction = 0;           ///< of its activations
  double gradient_deviation = 0;      ///< of its parameters' gradients; 0 without parameters
  double dead_fraction = 0;           ///< of a rectifier's units: 0 for every sample of the batch
  double saturated_fraction = 0;      ///< of a tanh's or sigmoid's outputs: within 1 % of a bound
  double weight_deviation = 0;        ///< of its parameters
  double moved = 0;                   ///< |weights - initial weights| / |initial weights|, 2-norms
  std::int64_t multiply_adds = 0;     ///< of one sample's forward pass
  std::int64_t activation_bytes = 0;  ///< of one sample's output
  double milliseconds = 0;            ///< of the batch's forward pass
  Histogram weights{}, biases{}, activations{}, gradients{};  ///< gradients: of both
  std::vector<LayerReport> inner{};  ///< of the layers inside it, which are counted in it
};
/// The layers and those inside them, in the order of the network, each after the one it is in.
std::vector<LayerReport> with_inner(const std::vector<LayerReport>& layers);

/// Where in its input an answer comes from.
struct AttributionOptions {
  enum class Method { kGradient, kIntegratedGradients, kOcclusion, kGradCam };
  Method method = Method::kGradient;
  /// By a network of the same layers with weights drawn anew (Adebayo et al. 2018).
  bool randomised = false;
};
/// One map a sample: [height, width] for pictures, [1, features] otherwise; of series [1, steps] by
/// occlusion and Grad-CAM, [1, steps * channels] by gradients.
struct Attribution {
  std::int64_t count = 0, height = 0, width = 0;
  std::vector<float> values;
  std::vector<std::string> features;  ///< names; empty for pictures
  const float* at(std::int64_t index) const { return values.data() + index * height * width; }
};

/// The first layer's weights as pictures: [count, channels, height, width].
struct Filters {
  std::int64_t count = 0, channels = 0, height = 0, width = 0;
  std::vector<float> values;
};

/// Smith's learning-rate range test: the training loss while the rate grows from step to step.
struct RatePoint {
  double rate = 0;
  double loss = 0;
  double smoothed = 0;  ///< running mean of the losses, weight 0.95, corrected for its start
};
struct RangeTest {
  std::vector<RatePoint> points;
  std::optional<double> lowest_at;  ///< rate of the lowest smoothed loss; none where it never fell
  std::optional<double> rate;       ///< a tenth of it: what to train with
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
  /// The range test on `options.train_rows` from the present weights, which stay as they were;
  /// `options.trace_file` is of its steps. Empty for a learner without a learning rate.
  virtual RangeTest range_test(const FitOptions& options, RunContext& run) {
    static_cast<void>(options);
    static_cast<void>(run);
    return {};
  }
  /// What the last layer sees of each sample: [rows, width]; no columns where there is no such
  /// thing, as in the next two.
  virtual Outputs embed(const data::Samples& samples, const std::vector<std::int64_t>& rows);
  virtual Attribution attribute(const data::Samples& samples, const std::vector<std::int64_t>& rows,
                                const AttributionOptions& options);
  virtual Filters first_filters() const;
  virtual std::int64_t parameter_count() const = 0;
  /// Writes a safetensors file whose metadata carry all that `load_learner` needs.
  virtual void save(const std::filesystem::path& file) = 0;
};

}  // namespace dlwork::training
