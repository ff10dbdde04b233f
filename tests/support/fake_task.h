#pragma once

#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include "dlwork/base/files.h"
#include "dlwork/base/json.h"
#include "dlwork/base/stats.h"
#include "dlwork/task/task.h"
#include "dlwork/training/fit_error.h"

/// A task whose learner is no network: its figure is a known function of the settings, so that
/// searching, ensembling and resuming can be tested by their numbers in milliseconds.
namespace dlwork::testing {

/// What a fake learner was asked to do, for assertions.
struct FakeCounts {
  int fits = 0;
  int epochs = 0;
};

/// Regression on one column: predicts the target plus an error that shrinks to 0 as the learning
/// rate nears 0.01, plus a wobble of its own by seed. A learning rate above 1 diverges, one above
/// 50 finds the disk full, one below 1e-6 has a metric that is not a number, and one of 0.5 goes on
/// until it is stopped.
class FakeLearner final : public training::Learner {
 public:
  FakeLearner(FakeCounts* counts, double error, double wobble)
      : counts_(counts), error_(error), wobble_(wobble) {}

  training::FitReport fit(const training::FitOptions& options, RunContext& run) override {
    ++counts_->fits;
    const double rate = options.training.learning_rate;
    while (rate == 0.5) {
      if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, options.label + ": stopped");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (rate > 50) throw Error(ExitStatus::kRuntime, "No space left on device");
    if (rate > 1) {
      throw training::FitError(training::FitError::Cause::kDiverged,
                               "loss is not finite in epoch 1, batch 1", "");
    }
    error_ = std::abs(std::log10(rate) + 2);
    wobble_ = static_cast<double>(options.seed % 1000) / 1000.0 - 0.5;
    training::FitReport report;
    report.stopped = "epochs";
    for (std::int64_t epoch = 1; epoch <= options.training.epochs; ++epoch) {
      ++counts_->epochs;
      training::EpochRecord record;
      record.epoch = epoch;
      record.train_loss = 1.0 / static_cast<double>(epoch);
      record.validation_metric =
          rate < 1e-6 ? std::nan("") : error_ + 1.0 / static_cast<double>(epoch);
      report.history.push_back(record);
      report.best_epoch = epoch;
      report.best_metric = record.validation_metric;
      if (options.after_epoch && options.after_epoch(record) == training::AfterEpoch::kStop) {
        report.stopped = "pruned";
        break;
      }
    }
    return report;
  }

  training::Outputs predict(const data::Samples& samples,
                            const std::vector<std::int64_t>& rows) override {
    training::Outputs outputs{static_cast<std::int64_t>(rows.size()), 1, {}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double sign = rows[i] % 2 == 0 ? 1 : -1;
      outputs.values.push_back(
          static_cast<float>(samples.target.values[rows[i]] + sign * (error_ + wobble_)));
    }
    return outputs;
  }

  std::vector<artefact::Finding> test_network(const spec::NetworkTest&, const training::FitOptions&,
                                              RunContext&) override {
    artefact::Finding finding;
    finding.id = "net-output-shape";
    finding.message = "one value a sample";
    return {finding};
  }
  std::vector<training::LayerReport> inspect(const std::vector<std::int64_t>&) override {
    return {{"0 fake", "[1]", 2, 0, 1, 0, 1}};
  }
  std::int64_t parameter_count() const override { return 2; }
  void save(const std::filesystem::path& file) override {
    write_file(file, Json({{"error", error_}, {"wobble", wobble_}}).dump());
  }

 private:
  FakeCounts* counts_;
  double error_, wobble_;
};

class FakeTask final : public task::Task {
 public:
  explicit FakeTask(FakeCounts* counts) : counts_(counts) {}
  std::string name() const override { return "regression"; }
  std::string default_metric() const override { return "rmse"; }
  std::string default_loss() const override { return "mse"; }
  std::vector<std::string> metrics() const override { return {"rmse", "mae"}; }
  double uninformed_loss(const spec::Project&, const data::Dataset&, RunContext&) const override {
    return 1;
  }
  task::Rival trivial(const spec::Project&, const data::Dataset& dataset,
                      const std::vector<std::int64_t>& fit_rows,
                      const std::vector<std::int64_t>& rows) const override {
    const auto count = static_cast<std::int64_t>(rows.size());
    std::vector<double> values;
    for (const auto row : fit_rows) values.push_back(dataset.samples.target.values[row]);
    return {"trivial",
            "mean",
            static_cast<std::int64_t>(fit_rows.size()),
            {count, 1, std::vector<float>(count, static_cast<float>(mean(values)))}};
  }
  std::vector<artefact::Figure> figures(const training::Outputs&, const data::Dataset&,
                                        const std::vector<std::int64_t>&) const override {
    return {};
  }
  std::vector<task::Mistake> worst(const training::Outputs&, const data::Dataset&,
                                   const std::vector<std::int64_t>&, std::int64_t) const override {
    return {};
  }
  std::unique_ptr<training::Learner> make_learner(const spec::Project&, const data::Dataset&,
                                                  const spec::Model&, std::uint64_t,
                                                  RunContext&) const override {
    return std::make_unique<FakeLearner>(counts_, 0, 0);
  }
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext&) const override {
    const Json json = Json::parse(read_file(file));
    return std::make_unique<FakeLearner>(counts_, json["error"].get<double>(),
                                         json["wobble"].get<double>());
  }
  std::unique_ptr<task::Predictor> make_predictor(const task::PredictorOptions&,
                                                  RunContext&) const override {
    return nullptr;
  }

 private:
  FakeCounts* counts_;
};

}  // namespace dlwork::testing
