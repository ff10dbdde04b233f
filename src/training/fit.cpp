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
  for (const auto& [name, tensor] : learner.named_tensors()) {
    copies.push_back(tensor.detach().clone());
  }
  return copies;
}

void restore(const SupervisedLearner& learner, const std::vector<torch::Tensor>& copies) {
  torch::NoGradGuard no_grad;
  std::size_t i = 0;
  for (auto [name, tensor] : learner.named_tensors()) tensor.copy_(copies[i++]);
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

void check_batches(const SupervisedLearner& learner, const FitOptions& options) {
  const auto samples = static_cast<std::int64_t>(options.train_rows.size());
  if (samples == 0) {
    throw Error(ExitStatus::kInput, options.label + ": the training part is empty");
  }
  if (learner.network().has_batch_norm() && std::min(samples, options.training.batch_size) < 2) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{}, "training.batch_size",
                           "batch_norm needs at least 2 samples in a batch, and there are " +
                               std::to_string(options.training.batch_size) + " in one and " +
                               std::to_string(samples) + " in all",
                           "raise training.batch_size, or use layer_norm"});
  }
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
        flat_(learner.network().parameters()),
        optimizer_(make_optimizer(options.training.optimizer, flat_)),
        loss_settings_(learner.loss_settings(options.training, options.train_rows)),
        bounds_(batch_bounds(static_cast<std::int64_t>(options.train_rows.size()),
                             options.training.batch_size)) {
    batches_.prepare();
  }

  FitReport run() {
    resume();
    started_ = monotonic_seconds() - state_.report.seconds;
    saved_ = monotonic_seconds();
    while (!finished()) {
      EpochRecord record = train_epoch(static_cast<std::int64_t>(state_.report.history.size()) + 1);
      validate(record);
      record.seconds = monotonic_seconds() - started_;
      state_.report.history.push_back(record);
      keep_best(record);
      save();
      if (options_.after_epoch && options_.after_epoch(record) == AfterEpoch::kStop) {
        state_.report.stopped = "pruned";
      }
    }
    run_.reporter.progress_done();
    restore(learner_, state_.best);
    const auto samples =
        static_cast<double>(state_.report.history.size() * options_.train_rows.size());
    state_.report.samples_per_second = samples / std::max(1e-9, state_.report.seconds);
    return state_.report;
  }

 private:
  bool keeps_checkpoints() const { return !options_.checkpoint_folder.empty(); }
  std::int64_t batch_count() const { return static_cast<std::int64_t>(bounds_.size()) - 1; }

  void resume() {
    if (!options_.resume || !keeps_checkpoints()) return;
    auto state = load_checkpoint(options_, learner_, *optimizer_);
    if (!state) return;
    state_ = std::move(*state);
    if (state_.batch >= batch_count() || state_.seen.rows != bounds_[state_.batch]) {
      throw Error(ExitStatus::kInput,
                  options_.checkpoint_folder.string() + ": the checkpoint does not fit its fit",
                  "run without --resume to start anew");
    }
  }

  void save() {
    state_.report.seconds = monotonic_seconds() - started_;
    if (!keeps_checkpoints()) return;
    save_checkpoint(options_, learner_, *optimizer_, state_);
    saved_ = monotonic_seconds();
  }

  bool finished() {
    if (!state_.report.stopped.empty()) return true;
    const auto& patience = options_.training.early_stopping.patience;
    if (patience > 0 && state_.epochs_since_best >= patience) {
      state_.report.stopped = "early stopping";
    }
    if (static_cast<std::int64_t>(state_.report.history.size()) >= options_.training.epochs) {
      state_.report.stopped = "epochs";
    }
    return !state_.report.stopped.empty();
  }

  EpochRecord train_epoch(std::int64_t epoch) {
    const std::string stream = "epoch " + std::to_string(epoch);
    std::vector<std::int64_t> order = options_.train_rows;
    Rng(options_.seed, "order " + stream).shuffle(order);
    Rng augment(options_.seed, "augment " + stream);
    if (state_.batch > 0) augment.restore(state_.augment);
    learner_.network().set_mode(model::Network::Mode::kTrain);
    state_.seen.columns = learner_.blueprint().coding.outputs();

    EpochRecord record;
    record.epoch = epoch;
    while (state_.batch < batch_count()) {
      keep_state(epoch, augment);
      const std::int64_t begin = bounds_[state_.batch], count = bounds_[state_.batch + 1] - begin;
      const double loss = step(record, order.data() + begin, count, augment);
      state_.loss_sum += loss * static_cast<double>(count);
      ++state_.batch;
      show(record);
    }
    const auto& target = learner_.dataset().samples.target;
    record.steps = epoch * batch_count();
    record.train_loss = state_.loss_sum / static_cast<double>(order.size());
    record.train_metric = compute_metric(options_.metric, state_.seen, target, order);
    state_.batch = 0;
    state_.loss_sum = 0;
    state_.seen = {0, state_.seen.columns, {}};
    return record;
  }

  /// Between batches: writes a checkpoint when one is due, and stops where that was asked for.
  void keep_state(std::int64_t epoch, const Rng& augment) {
    const bool stop = run_.stop.requested();
    const double every = options_.training.checkpoint_every.seconds;
    const bool due = every > 0 && keeps_checkpoints() && monotonic_seconds() - saved_ >= every;
    if (!stop && !due) return;
    state_.augment = augment.state();
    save();
    if (stop) interrupt(epoch);
  }

  double step(EpochRecord& record, const std::int64_t* rows, std::int64_t count, Rng& augment) {
    const auto& training = options_.training;
    const std::int64_t number = (record.epoch - 1) * batch_count() + state_.batch;
    const Rates rates = rates_at(training.schedule, training.learning_rate, training.momentum,
                                 number, training.epochs * batch_count());
    record.learning_rate = rates.learning_rate;
    // A stream of its own for each step, so that any step can be the first after a resume.
    torch::manual_seed(derive_seed(options_.seed, "dropout " + std::to_string(number)));
    flat_.zero_gradients();
    const auto outputs =
        learner_.network().forward(batches_.inputs(rows, count, training.augment, augment));
    const auto loss = compute_loss(learner_.blueprint().loss, outputs,
                                   batches_.targets(rows, count), loss_settings_);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      diverged(record, "the loss is " + number_text(value) + " in epoch " +
                           std::to_string(record.epoch) + ", batch " +
                           std::to_string(state_.batch + 1));
    }
    loss.backward();
    if (training.gradient_clip > 0) flat_.clip(training.gradient_clip);
    torch::NoGradGuard no_grad;
    optimizer_->step(flat_, {rates.learning_rate, rates.momentum, training.weight_decay});
    append(state_.seen, learner_.decode(outputs));
    return value;
  }

  void validate(EpochRecord& record) {
    if (!flat_.values.isfinite().all().item<bool>()) {
      diverged(record, "a weight is not finite after epoch " + std::to_string(record.epoch));
    }
    if (options_.validation_rows.empty()) return;
    Outputs outputs{0, learner_.blueprint().coding.outputs(), {}};
    record.validation_loss = learner_.evaluate(batches_, options_.validation_rows, {}, outputs);
    if (!std::isfinite(record.validation_loss)) {
      diverged(record, "the validation loss is " + number_text(record.validation_loss) +
                           " after epoch " + std::to_string(record.epoch));
    }
    record.validation_metric =
        compute_metric(options_.metric, outputs, learner_.dataset().samples.target,
                       options_.validation_rows);
  }

  /// Better on the validation part; without one, the newest.
  bool is_best(double value) const {
    const double best = state_.report.best_metric;
    if (state_.best.empty() || options_.validation_rows.empty()) return true;
    if (std::isnan(value) || std::isnan(best)) return std::isnan(best) && !std::isnan(value);
    const auto& task = learner_.blueprint().coding.task;
    return find_metric(options_.metric, task).higher_is_better ? value > best : value < best;
  }

  void keep_best(const EpochRecord& record) {
    ++state_.epochs_since_best;
    if (!is_best(record.validation_metric)) return;
    state_.report.best_metric = record.validation_metric;
    state_.report.best_epoch = record.epoch;
    state_.epochs_since_best = 0;
    state_.best = snapshot(learner_);
  }

  void show(const EpochRecord& record) {
    const auto samples = static_cast<std::int64_t>(options_.train_rows.size());
    const std::int64_t of_epoch = bounds_[state_.batch];
    std::string detail = "loss " + pretty_number(state_.loss_sum / static_cast<double>(of_epoch), 3);
    if (!state_.report.history.empty()) {
      detail += ", " + options_.metric + " " +
                pretty_number(state_.report.history.back().validation_metric, 4);
    }
    run_.reporter.progress({options_.label + ", epoch " + std::to_string(record.epoch) + "/" +
                                std::to_string(options_.training.epochs),
                            static_cast<double>((record.epoch - 1) * samples + of_epoch),
                            static_cast<double>(options_.training.epochs * samples), "samples",
                            detail});
  }

  [[noreturn]] void interrupt(std::int64_t epoch) {
    run_.reporter.progress_done();
    throw Error(ExitStatus::kInterrupted,
                options_.label + ": stopped in epoch " + std::to_string(epoch) + " after batch " +
                    std::to_string(state_.batch) + " of " + std::to_string(batch_count()) +
                    (keeps_checkpoints() ? "; its state is kept" : ""),
                keeps_checkpoints() ? "go on with --resume" : "");
  }

  [[noreturn]] void diverged(const EpochRecord& record, const std::string& what) {
    run_.reporter.progress_done();
    const auto good = state_.report.history.size();
    throw Error(ExitStatus::kRuntime,
                options_.label + ": " + what + ", at learning rate " +
                    pretty_number(record.learning_rate) + "; " +
                    (good > 0 ? "last good epoch: " + std::to_string(good) : "no epoch was good"),
                "lower training.learning_rate (now " +
                    pretty_number(options_.training.learning_rate) +
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
  double started_ = 0;  ///< on the steady clock, less what earlier runs took
  double saved_ = 0;
};

}  // namespace

FitReport SupervisedLearner::fit(const FitOptions& options, RunContext& run) {
  check_batches(*this, options);
  return Fit(*this, options, run).run();
}

}  // namespace dlwork::training
