#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dlwork/base/files.h"
#include "dlwork/base/rng.h"
#include "dlwork/phase/phase.h"
#include "dlwork/training/fit_error.h"
#include "over_real_task.h"
#include "phase/diagnose/study.h"
#include "phase_files.h"
#include "support/layers.h"
#include "support/temporary_folder.h"

/// A diagnosis over networks that only say what a test makes up, so that its parts can be tested by
/// numbers known beforehand, in milliseconds.
namespace dlwork::testing {

/// Which network is asked.
struct ScriptedNetwork {
  std::int64_t units = 0;  ///< of all its linear layers
  std::string label;       ///< of the fit it had, "" before
};

/// What networks are to say; the defaults learn well and know every class.
struct Script {
  using Losses = std::optional<std::vector<double>>;
  /// Training loss by epoch; nothing: the training diverges.
  std::function<Losses(const training::FitOptions&, const ScriptedNetwork&)> losses =
      [](const auto&, const auto&) {
        return std::vector<double>{1.0, 0.5, 0.2};
      };
  /// The goal's metric of the best epoch.
  std::function<double(const training::FitOptions&, const ScriptedNetwork&)> metric =
      [](const auto&, const auto&) { return 0.9; };
  /// Outputs of one sample; rows are those of `samples`.
  std::function<std::vector<float>(const data::Samples&, std::int64_t, const ScriptedNetwork&)>
      answer = [](const data::Samples& samples, std::int64_t row, const auto&) {
        std::vector<float> p(samples.target.classes.size(), 0.0f);
        p[samples.target.codes[row]] = 1;
        return p;
      };
  std::function<bool(const spec::Model&)> fits = [](const auto&) { return true; };
  std::vector<training::LayerReport> start, end;             ///< before and after training
  std::function<std::vector<float>(std::int64_t row)> seen;  ///< by the last layer
  std::function<std::vector<float>(std::int64_t row, const training::AttributionOptions&)> map;
  bool places = false;                         ///< outputs are vectors, no shares of classes
  data::Target truth;                          ///< of the made-up samples
  int trained = 0;                             ///< fits asked for
  double epoch_seconds = 0;                    ///< that an epoch of each network is said to take
  std::vector<training::LayerSpread> spreads;  ///< of each fit
  training::Filters filters;                   ///< of the first convolution
  /// What a fit told of its training rows' labels; by default that each was learned at once.
  std::function<training::LabelDynamics(const training::FitOptions&)> label_dynamics =
      [](const training::FitOptions& options) {
        const std::size_t rows = options.label_epochs > 0 ? options.train_rows.size() : 0;
        const auto all = [&](double value) { return std::vector<double>(rows, value); };
        return training::LabelDynamics{options.label_epochs, all(2), all(0.8), all(0.1)};
      };
};

class ScriptedLearner final : public training::Learner {
 public:
  ScriptedLearner(Script* script, ScriptedNetwork network)
      : script_(script), network_(std::move(network)) {}

  training::FitReport fit(const training::FitOptions& options, RunContext&) override {
    ++script_->trained;
    network_.label = options.label;
    const auto losses = script_->losses(options, network_);
    training::FitReport report;
    report.best_epoch = 1;
    report.best_metric = script_->metric(options, network_);
    report.spreads = script_->spreads;
    report.label_dynamics = script_->label_dynamics(options);
    for (std::size_t i = 0; losses && i < losses->size(); ++i) {
      training::EpochRecord epoch;
      epoch.epoch = static_cast<std::int64_t>(i) + 1;
      epoch.train_loss = (*losses)[i];
      epoch.seconds = script_->epoch_seconds * static_cast<double>(i + 1);
      if (epoch.train_loss < losses->front()) report.best_epoch = epoch.epoch;
      report.history.push_back(epoch);
      if (!options.after_epoch) continue;
      if (options.after_epoch(epoch) == training::AfterEpoch::kStop) return report;
    }
    if (!losses) {
      throw training::FitError(training::FitError::Cause::kDiverged,
                               "the loss is not finite in epoch 1, batch 1", "");
    }
    return report;
  }

  training::Outputs predict(const data::Samples& samples,
                            const std::vector<std::int64_t>& rows) override {
    if (samples.target.codes.empty()) return predict(with_target(samples), rows);
    return gathered(rows,
                    [&](std::int64_t row) { return script_->answer(samples, row, network_); });
  }
  training::Outputs embed(const data::Samples&, const std::vector<std::int64_t>& rows) override {
    return script_->seen ? gathered(rows, script_->seen) : training::Outputs{};
  }
  training::Attribution attribute(const data::Samples& samples,
                                  const std::vector<std::int64_t>& rows,
                                  const training::AttributionOptions& options) override {
    if (!script_->map) return {};
    const auto maps = gathered(rows, [&](std::int64_t row) { return script_->map(row, options); });
    if (maps.columns == 0) return {};  // there is no such map
    training::Attribution attribution{maps.rows, 1, maps.columns, maps.values, {}};
    if (samples.kind == data::Kind::kSequence) return attribution;  // steps have no names
    for (std::int64_t i = 0; i < maps.columns; ++i) {
      attribution.features.push_back("feature " + std::to_string(i));
    }
    return attribution;
  }
  std::vector<artefact::Finding> test_network(const spec::NetworkTest&, const training::FitOptions&,
                                              RunContext&) override {
    return {};
  }
  std::vector<training::LayerReport> inspect(const std::vector<std::int64_t>&) override {
    return network_.label.empty() ? script_->start : script_->end;
  }
  training::Filters first_filters() const override { return script_->filters; }
  std::int64_t parameter_count() const override { return network_.units; }
  void save(const std::filesystem::path& file) override {
    write_file(file, Json({{"units", network_.units}, {"label", network_.label}}).dump());
  }

 private:
  /// Parts that change inputs ask with inputs alone: the first column says which row it was.
  data::Samples with_target(const data::Samples& inputs) const {
    data::Samples samples = inputs;
    samples.target = script_->truth;
    samples.target.codes.clear();
    if (inputs.table.columns.empty()) {  // series say themselves what they are
      samples.target.codes.assign(static_cast<std::size_t>(inputs.count), 0);
      return samples;
    }
    for (const double number : inputs.table.columns.front().numbers) {
      samples.target.codes.push_back(script_->truth.codes.at(static_cast<std::size_t>(number)));
    }
    return samples;
  }

  static training::Outputs gathered(
      const std::vector<std::int64_t>& rows,
      const std::function<std::vector<float>(std::int64_t)>& values_of) {
    training::Outputs outputs;
    outputs.rows = static_cast<std::int64_t>(rows.size());
    for (const auto row : rows) {
      const auto values = values_of(row);
      outputs.columns = static_cast<std::int64_t>(values.size());
      outputs.values.insert(outputs.values.end(), values.begin(), values.end());
    }
    return outputs;
  }

  Script* script_;
  ScriptedNetwork network_;
};

/// The real classification with scripted networks.
class ScriptedTask final : public OverRealTask {
 public:
  explicit ScriptedTask(Script* script) : script_(script) {}
  std::vector<std::string> metrics() const override { return {"accuracy"}; }
  bool says_shares() const override { return !script_->places; }
  bool outputs_compare() const override { return !script_->places; }
  std::vector<std::int32_t> guesses(const training::Outputs& o, const data::Dataset& d,
                                    const std::vector<std::int64_t>& r) const override {
    return (script_->places ? task::find_task("similarity") : real).guesses(o, d, r);
  }
  std::unique_ptr<training::Learner> make_learner(const spec::Project&, const data::Dataset&,
                                                  const spec::Model& model, std::uint64_t,
                                                  RunContext&) const override {
    if (!script_->fits(model)) {
      throw Error(ExitStatus::kUsage, "linear: does not fit the layers before it");
    }
    ScriptedNetwork network;
    for (const auto& layer : model.layers) {
      if (const auto* linear = std::get_if<spec::Linear>(&layer.options)) {
        network.units += linear->units;
      }
    }
    return std::make_unique<ScriptedLearner>(script_, network);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext&) const override {
    const Json json = Json::parse(read_file(file));
    return std::make_unique<ScriptedLearner>(
        script_, ScriptedNetwork{json["units"].get<std::int64_t>(), json["label"]});
  }
  std::unique_ptr<task::Predictor> make_predictor(const task::PredictorOptions&,
                                                  RunContext&) const override {
    return nullptr;
  }

 private:
  Script* script_;
};

/// A study over made-up samples: a column `x` that holds each row's number, and classes a, b, ..
class ScriptedStudy {
 public:
  ScriptedStudy() : workspace_(folder_.path() / ".dlwork"), task_(&script) {
    project.goal.metric = "accuracy";
    project.model.layers = layers("[{linear: 8}, relu]");
    project.training.schedule = "constant";
    project.training.weight_decay = 0;
    project.diagnose.time.seconds = 0;
    script.start = script.end = {{"0 linear", "[8]", 16, 0, 1, 0, 1, 0, 0, 1, 0.1}};
  }

  /// Classes of the training samples, then of the validation samples.
  void classes(const std::vector<std::int32_t>& training,
               const std::vector<std::int32_t>& validation) {
    data::Column x;
    x.name = "x";
    auto& samples = dataset.samples;
    for (const int part : {0, 1}) {
      for (const auto code : part == 0 ? training : validation) {
        dataset.rows[part].push_back(samples.count);
        x.numbers.push_back(static_cast<double>(samples.count));
        samples.target.codes.push_back(code);
        samples.count += 1;
        while (static_cast<std::int32_t>(samples.target.classes.size()) <= code) {
          samples.target.classes.emplace_back(
              1, static_cast<char>('a' + samples.target.classes.size()));
        }
      }
    }
    samples.table.rows = samples.count;
    samples.table.columns = {x};
    script.truth = samples.target;
  }

  /// Made on first use; what the project, the data and the script say then counts.
  phase::diagnose::Study& study() {
    if (!study_) {
      begin();
      study_ = std::make_unique<phase::diagnose::Study>(*context_);
    }
    return *study_;
  }
  /// The whole phase, in a run of its own.
  artefact::PhaseResult run() {
    study_.reset();
    begin();
    auto result = phase::find_phase("diagnose")(*context_);
    result.phase = "diagnose";
    result.verdict = artefact::verdict_of(result.findings);
    run_folder->finish(result);
    return result;
  }

  spec::Project project;
  data::Dataset dataset;
  Script script;
  bool real_networks = false;  ///< in place of scripted ones
  std::unique_ptr<artefact::RunFolder> run_folder;
  artefact::Workspace& workspace() { return workspace_; }

 private:
  void begin() {
    run_folder = std::make_unique<artefact::RunFolder>(workspace_.new_run("diagnose"));
    const task::Task& task = real_networks ? task_.real : task_;
    context_.reset(new phase::Context{.project = project,
                                      .task = task,
                                      .workspace = workspace_,
                                      .folder = *run_folder,
                                      .run = run_,
                                      .dataset_fingerprint = "data"});
    context_->loaded = std::make_unique<data::Dataset>(dataset);
  }

  TemporaryFolder folder_;
  artefact::Workspace workspace_;
  ScriptedTask task_;
  SilentReporter reporter_;
  StopFlag stop_;
  RunContext run_{reporter_, stop_};
  std::unique_ptr<phase::Context> context_;
  std::unique_ptr<phase::diagnose::Study> study_;
};

/// Classes, each so many times.
inline std::vector<std::int32_t> repeated(const std::vector<std::pair<std::int32_t, int>>& counts) {
  std::vector<std::int32_t> codes;
  for (const auto& [code, count] : counts) codes.insert(codes.end(), count, code);
  return codes;
}

/// Answers by the place in the validation part, which comes behind `train` samples.
inline void answer_by_place(ScriptedStudy& scripted, std::int64_t train,
                            std::function<std::vector<float>(std::int64_t)> of_place) {
  scripted.script.answer = [train, of_place, target = scripted.dataset.samples.target](
                               const data::Samples&, std::int64_t row, const ScriptedNetwork&) {
    if (row >= train) return of_place(row - train);
    std::vector<float> p(target.classes.size(), 0.0f);
    p[target.codes[row]] = 1;
    return p;
  };
}

/// Probabilities that are sure of a class of so many.
inline std::vector<float> sure_of_class(std::int32_t code, std::size_t classes) {
  std::vector<float> p(classes, 0.0f);
  p[code] = 1;
  return p;
}

/// By the definition of permutation importance: the accuracy that is lost, in each of five orders,
/// when the first input, which tells the class of all these samples, is mixed up among them.
inline std::vector<double> lost_by_mixing(const std::vector<std::int32_t>& codes,
                                          std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(codes.size());
  std::vector<double> lost;
  for (int i = 0; i < 5; ++i) {
    const auto order = Rng(seed, "permute 0 " + std::to_string(i)).permutation(count);
    double right = 0;
    for (std::int64_t k = 0; k < count; ++k) right += codes[order[k]] == codes[k];
    lost.push_back(1 - right / static_cast<double>(count));
  }
  return lost;
}

}  // namespace dlwork::testing
