#include "training/fit_events.h"

#include <algorithm>

#include "dlwork/base/machine.h"
#include "training/device.h"
#include "training/epoch_events.h"

namespace dlwork::training {
namespace {

/// Details are left out where they would take more than this share of the training's time.
constexpr double kMostShare = 0.01;
constexpr std::size_t kThresholds = 101;
constexpr std::size_t kMostCurves = 20;  // classes; more could not be told apart

class Watch {
 public:
  explicit Watch(double& spent) : spent_(spent), started_(monotonic_seconds()) {}
  ~Watch() { spent_ += monotonic_seconds() - started_; }

 private:
  double& spent_;
  double started_;
};

std::vector<std::int64_t> with_batch(const model::Shape& shape) {
  std::vector<std::int64_t> sizes{-1};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return sizes;
}

std::string kind_of(const std::string& name) {
  const auto space = name.find(' ');
  return space == std::string::npos ? name : name.substr(space + 1);
}

/// The nodes of a network. Those of layers inside another stand within its name.
class GraphOfLayers {
 public:
  explicit GraphOfLayers(const data::FeatureShape& features) : features_(features) {}

  void begin(const model::Shape& input) {
    nodes_.push_back({"input", "input", {}, with_batch(input), 0});
  }
  /// Layers in a row behind `input`. Returns the name of what comes out.
  std::string add(const std::vector<model::PlannedLayer>& layers, const std::string& scope,
                  std::string input) {
    for (const auto& layer : layers) input = add(layer, scope, input);
    return input;
  }
  const std::vector<artefact::GraphNode>& nodes() const { return nodes_; }

 private:
  std::string add(const model::PlannedLayer& layer, const std::string& scope,
                  const std::string& input) {
    const std::string name = scope + layer.name, inside = name + "/";
    const std::int64_t own =
        model::parameter_count(layer, features_) - model::parameter_count(layer.inner, features_);
    if (layer.inner.empty()) return end_in(name, kind_of(layer.name), {input}, layer, own);
    if (std::holds_alternative<spec::Residual>(layer.spec.options)) {
      // Its own parameters are those of the projection of what came in.
      return end_in(inside + "add", "add", {add(layer.inner, inside, input), input}, layer, own);
    }
    if (std::holds_alternative<spec::Concat>(layer.spec.options)) {
      std::vector<std::string> branches;
      for (const auto& branch : layer.inner) branches.push_back(add(branch, inside, input));
      return end_in(inside + "concat", "concat", branches, layer, own);
    }
    return add(layer.inner, inside, input);
  }
  std::string end_in(const std::string& name, const std::string& op,
                     const std::vector<std::string>& inputs, const model::PlannedLayer& layer,
                     std::int64_t parameters) {
    nodes_.push_back({name, op, inputs, with_batch(layer.output), parameters});
    return name;
  }

  const data::FeatureShape& features_;
  std::vector<artefact::GraphNode> nodes_;
};

}  // namespace

FitEvents::FitEvents(SupervisedLearner& learner, const FlatParameters& flat,
                     const FitOptions& options, const std::vector<EpochRecord>& history)
    : learner_(learner),
      options_(options),
      layers_(learner, flat,
              options.validation_rows.empty() ? options.train_rows : options.validation_rows),
      started_(monotonic_seconds()),
      last_(static_cast<std::int64_t>(history.size())),
      detailed_(last_) {
  if (options.events_folder.empty()) return;
  const Watch watch(spent_);
  file_.emplace(options.events_folder);
  as_it_stands_ = write_history(*file_, options, history);
  const auto& layers = learner.network().layers();
  GraphOfLayers graph(learner.blueprint().preprocessor.shape());
  if (!layers.empty()) graph.begin(layers.front().input);
  graph.add(layers, "", "input");
  file_->graph(graph.nodes());
}

void FitEvents::epoch(const EpochRecord& record) {
  if (!file_) return;
  const Watch watch(spent_);
  write_epoch(*file_, options_, record);
  last_ = record.epoch;
  as_it_stands_ = false;
  const double elapsed = monotonic_seconds() - started_;
  if (detailed_ == 0 || spent_ < kMostShare * elapsed) write_details(record.epoch);
}

void FitEvents::keep_spreads(std::int64_t epoch, bool last, FitReport& report) const {
  if (options_.spreads <= 0) return;
  if (!last && !spreads_due(epoch, options_.training.epochs, options_.spreads)) return;
  for (const auto& spread : layers_.spreads(epoch)) report.spreads.push_back(spread);
}

void FitEvents::finish(const FitState& state) {
  if (!file_) return;
  const Watch watch(spent_);
  if (last_ > detailed_) return write_details(last_);
  if (!as_it_stands_) return;
  put_back(learner_, state.best);
  wait_for(learner_.device());
  outputs_ = learner_.predict(learner_.dataset().samples, options_.validation_rows);
  write_details(state.report.best_epoch);
}

void FitEvents::write_details(std::int64_t epoch) {
  detailed_ = epoch;
  write_histograms(epoch);
  if (learner_.blueprint().coding.classes.size() >= 2) write_pr_curves(epoch);
}

void FitEvents::write_histograms(std::int64_t epoch) {
  const auto write = [&](const std::string& tag, const float* values, std::int64_t count) {
    file_->histogram(tag, epoch, artefact::histogram_of(values, count));
  };
  layers_.parameters(
      [&](const LayerValues::Parameter& parameter, const float* values, const float* gradients) {
        const std::string kind = is_bias(parameter.name) ? "biases/" : "weights/";
        write(kind + parameter.name, values, parameter.count);
        if (!as_it_stands_) write("gradients/" + parameter.name, gradients, parameter.count);
      });
  layers_.activations([&](const model::PlannedLayer& layer, const torch::Tensor& values) {
    const auto own = on_host(values);
    write("activations/" + layer.name, own.data_ptr<float>(), own.numel());
  });
}

void FitEvents::write_pr_curves(std::int64_t epoch) {
  const auto& classes = learner_.blueprint().coding.classes;
  const auto& codes = learner_.dataset().samples.target.codes;
  if (outputs_.rows == 0) return;
  // Of two classes one curve tells the other's.
  for (std::size_t c = classes.size() == 2 ? 1 : 0; c < std::min(classes.size(), kMostCurves);
       ++c) {
    std::vector<float> scores;
    std::vector<bool> positive;
    for (std::int64_t i = 0; i < outputs_.rows; ++i) {
      scores.push_back(outputs_.row(i)[c]);
      positive.push_back(codes[options_.validation_rows[i]] == static_cast<std::int64_t>(c));
    }
    file_->pr_curve("precision-recall/" + classes[c], epoch,
                    artefact::pr_curve(scores, positive, kThresholds));
  }
}

std::unique_ptr<FitEvents> fit_events(SupervisedLearner& learner, const FlatParameters& flat,
                                      const FitOptions& options, const FitReport& report) {
  if (options.events_folder.empty() && options.spreads <= 0) return nullptr;
  return std::make_unique<FitEvents>(learner, flat, options, report.history);
}

}  // namespace dlwork::training
