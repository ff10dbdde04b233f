#include "training/fit.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/training/metrics.h"
#include "training/schedule.h"

namespace dlwork::training {
namespace {

std::vector<torch::Tensor> snapshot(const SupervisedLearner& learner) {
  std::vector<torch::Tensor> copies;
  for (const auto& [name, tensor] : learner.named_tensors()) copies.push_back(tensor.detach().clone());
  return copies;
}

void restore(const SupervisedLearner& learner, const std::vector<torch::Tensor>& copies) {
  torch::NoGradGuard no_grad;
  std::size_t i = 0;
  for (const auto& [name, tensor] : learner.named_tensors()) torch::Tensor(tensor).copy_(copies[i++]);
}

/// Bounds of an epoch's batches. A last batch of one sample joins the one before it: batch norm has
/// no variance to divide by.
std::vector<std::int64_t> batch_bounds(std::int64_t samples, std::int64_t batch_size) {
  std::vector<std::int64_t> bounds;
  for (std::int64_t begin = 0; begin < samples; begin += batch_size) bounds.push_back(begin);
  if (bounds.size() > 1 && samples - bounds.back() == 1) bounds.pop_back();
  bounds.push_back(samples);
  return bounds;
}

/// One training of one network.
class Fit {
 public:
  Fit(SupervisedLearner& learner, const FitOptions& options, RunContext& run)
      : learner_(learner),
        options_(options),
        run_(run),
        batches_(learner.dataset().samples, learner.blueprint().preprocessor,
                 learner.blueprint().coding, learner.device()),
        flat_(learner.network().parameters(), learner.network().prefers_channels_last()),
        optimizer_(make_optimizer(options.training.optimizer, flat_)),
        loss_settings_(learner.loss_settings(options.training, options.train_rows)),
        bounds_(batch_bounds(static_cast<std::int64_t>(options.train_rows.size()),
                             options.training.batch_size)) {
    batches_.prepare();
  }

  FitReport run() {
    const double start = monotonic_seconds();
    if (options_.resume && !options_.checkpoint_folder.empty()) {
      if (auto state = load_checkpoint(options_.checkpoint_folder, options_, learner_, *optimizer_)) {
        state_ = std::move(*state);
      }
    }
    const double before = state_.report.seconds;
    while (!finished()) {
      EpochRecord record = train_epoch(static_cast<std::int64_t>(state_.report.history.size()) + 1);
      validate(record);
      record.seconds = before + monotonic_seconds() - start;
      state_.report.seconds = record.seconds;
      state_.report.history.push_back(record);
      keep_best(record);
      if (!options_.checkpoint_folder.empty()) {
        save_checkpoint(options_.checkpoint_folder, options_, learner_, *optimizer_, state_);
      }
      if (options_.after_epoch && options_.after_epoch(record) == AfterEpoch::kStop) {
        state_.report.stopped = "pruned";
      }
    }
    run_.reporter.progress_done();
    restore(learner_, state_.best);
    const double samples = static_cast<double>(state_.report.history.size() * options_.train_rows.size());
    state_.report.samples_per_second = samples / std::max(1e-9, state_.report.seconds);
    return state_.report;
  }

 private:
  bool finished() {
    if (!state_.report.stopped.empty()) return true;
    const auto& patience = options_.training.early_stopping.patience;
    if (patience > 0 && state_.epochs_since_best >= patience) state_.report.stopped = "early stopping";
    if (static_cast<std::int64_t>(state_.report.history.size()) >= options_.training.epochs) {
      state_.report.stopped = "epochs";
    }
    return !state_.report.stopped.empty();
  }

  std::int64_t batch_count() const { return static_cast<std::int64_t>(bounds_.size()) - 1; }

  EpochRecord train_epoch(std::int64_t epoch) {
    const std::string stream = "epoch " + std::to_string(epoch);
    std::vector<std::int64_t> order = options_.train_rows;
    Rng(options_.seed, "order " + stream).shuffle(order);
    Rng augment(options_.seed, "augment " + stream);
    torch::manual_seed(derive_seed(options_.seed, "dropout " + stream));
    learner_.network().set_mode(model::Network::Mode::kTrain);

    EpochRecord record;
    record.epoch = epoch;
    Outputs seen{0, learner_.blueprint().coding.outputs(), {}};
    seen.values.reserve(order.size() * seen.columns);
    double loss_sum = 0;
    for (std::int64_t batch = 0; batch < batch_count(); ++batch) {
      if (run_.stop.requested()) interrupt(epoch);
      const std::int64_t count = bounds_[batch + 1] - bounds_[batch];
      const double loss = step(record, batch, order.data() + bounds_[batch], count, augment, seen);
      loss_sum += loss * static_cast<double>(count);
      show(record, batch, loss_sum / static_cast<double>(bounds_[batch + 1]));
    }
    record.steps = epoch * batch_count();
    record.train_loss = loss_sum / static_cast<double>(order.size());
    record.train_metric = compute_metric(options_.metric, seen, learner_.dataset().samples.target, order);
    return record;
  }

  double step(EpochRecord& record, std::int64_t batch, const std::int64_t* rows, std::int64_t count,
              Rng& augment, Outputs& seen) {
    const auto& training = options_.training;
    const Rates rates = rates_at(training.schedule, training.learning_rate, training.momentum,
                                 (record.epoch - 1) * batch_count() + batch,
                                 training.epochs * batch_count());
    record.learning_rate = rates.learning_rate;
    flat_.zero_gradients();
    const auto outputs = learner_.network().forward(batches_.inputs(rows, count, training.augment, augment));
    const auto loss = compute_loss(learner_.blueprint().loss, outputs, batches_.targets(rows, count), loss_settings_);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) diverged(record, batch, value);
    loss.backward();
    if (training.gradient_clip > 0) flat_.clip(training.gradient_clip);
    {
      torch::NoGradGuard no_grad;
      optimizer_->step(flat_, {rates.learning_rate, rates.momentum, training.weight_decay});
      append(seen, learner_.decode(outputs));
    }
    return value;
  }

  void validate(EpochRecord& record) {
    if (options_.validation_rows.empty()) return;
    Outputs outputs{0, learner_.blueprint().coding.outputs(), {}};
    record.validation_loss = learner_.evaluate(batches_, options_.validation_rows, {}, outputs);
    record.validation_metric = compute_metric(options_.metric, outputs, learner_.dataset().samples.target,
                                              options_.validation_rows);
  }

  void keep_best(const EpochRecord& record) {
    const bool higher = find_metric(options_.metric, learner_.blueprint().coding.task).higher_is_better;
    const double value = record.validation_metric;
    const double best = state_.report.best_metric;
    if (state_.best.empty() || (higher ? value > best : value < best)) {
      state_.report.best_metric = value;
      state_.report.best_epoch = record.epoch;
      state_.epochs_since_best = 0;
      state_.best = snapshot(learner_);
    } else {
      ++state_.epochs_since_best;
    }
  }

  void show(const EpochRecord& record, std::int64_t batch, double loss) {
    const double total = static_cast<double>(options_.training.epochs * options_.train_rows.size());
    const double done = static_cast<double>((record.epoch - 1) * options_.train_rows.size() + bounds_[batch + 1]);
    std::string detail = "loss " + pretty_number(loss, 3);
    if (!state_.report.history.empty()) {
      detail += ", " + options_.metric + " " + pretty_number(state_.report.history.back().validation_metric, 4);
    }
    run_.reporter.progress({options_.label + ", epoch " + std::to_string(record.epoch) + "/" +
                                std::to_string(options_.training.epochs),
                            done, total, "samples", detail});
  }

  [[noreturn]] void interrupt(std::int64_t epoch) {
    run_.reporter.progress_done();
    const std::string kept = epoch > 1 && !options_.checkpoint_folder.empty()
                                 ? "kept up to epoch " + std::to_string(epoch - 1)
                                 : "no epoch was finished";
    throw Error(ExitStatus::kInterrupted, options_.label + ": stopped in epoch " + std::to_string(epoch) +
                                              "; " + kept, "go on with --resume");
  }

  [[noreturn]] void diverged(const EpochRecord& record, std::int64_t batch, double loss) {
    run_.reporter.progress_done();
    throw Error(ExitStatus::kRuntime,
                options_.label + ": the loss is " + (std::isnan(loss) ? "not a number" : "infinite") +
                    " in epoch " + std::to_string(record.epoch) + ", batch " + std::to_string(batch + 1) +
                    ", at learning rate " + pretty_number(record.learning_rate) + "; last good epoch: " +
                    std::to_string(state_.report.history.size()),
                "lower training.learning_rate (now " + pretty_number(options_.training.learning_rate) +
                    "), or set training.gradient_clip: 1");
  }

  SupervisedLearner& learner_;
  const FitOptions& options_;
  RunContext& run_;
  Batches batches_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
  LossSettings loss_settings_;
  std::vector<std::int64_t> bounds_;
  FitState state_;
};

}  // namespace

FitReport SupervisedLearner::fit(const FitOptions& options, RunContext& run) {
  if (options.train_rows.empty()) {
    throw Error(ExitStatus::kInput, options.label + ": the training part is empty");
  }
  return Fit(*this, options, run).run();
}

}  // namespace dlwork::training
