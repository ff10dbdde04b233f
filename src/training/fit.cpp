#include "training/fit.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/training/metrics.h"
#include "training/averaging.h"
#include "training/batch_size.h"
#include "training/divergence.h"
#include "training/fit_events.h"
#include "training/memory.h"
#include "training/mixing.h"
#include "training/runner.h"
#include "training/schedule.h"
#include "training/trace.h"

namespace dlwork::training {
namespace {

/// Between two epochs a checkpoint is written when the last is older than this: a short epoch takes
/// less time than its file.
constexpr double kSaveSeconds = 1;

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
                Diagnostic{{},
                           "training.batch_size",
                           "batch_norm needs at least 2 samples in a batch, and there are " +
                               std::to_string(options.training.batch_size) + " in one and " +
                               std::to_string(samples) + " in all",
                           "raise training.batch_size, or use layer_norm"});
  }
  check_memory(memory_need(learner), std::min(samples, options.training.batch_size),
               usable_memory_bytes());
}

/// The loss that figures are compared by: as trained, but for what only helps training.
LossSettings unweighted(LossSettings settings) {
  settings.label_smoothing = 0;
  settings.class_weights = torch::Tensor();
  return settings;
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
        average_(options.training.averaging, learner.network(), flat_),
        loss_settings_(learner.loss_settings(options.training, options.train_rows)),
        runner_(make_training_runner(learner, loss_settings_, options.training)),
        judge_(make_runner(learner, unweighted(loss_settings_))),
        bounds_(batch_bounds(static_cast<std::int64_t>(options.train_rows.size()),
                             options.training.batch_size)),
        trace_(!options.trace_file.empty()) {
    batches_.prepare();
    if (accumulated() > 1) sum_ = torch::zeros_like(flat_.gradients);
  }

  FitReport run() {
    resume();
    state_.report.path = runner_->path();
    state_.seen.values.reserve(options_.train_rows.size() * learner_.blueprint().coding.outputs());
    if (!options_.events_folder.empty()) {
      events_ = std::make_unique<FitEvents>(
          learner_, flat_, options_, static_cast<std::int64_t>(state_.report.history.size()));
    }
    started_ = monotonic_seconds() - state_.report.seconds;
    saved_ = monotonic_seconds();
    while (!finished()) {
      EpochRecord record = train_epoch(static_cast<std::int64_t>(state_.report.history.size()) + 1);
      average_.after_epoch(record.steps, averaging_start(options_.training, total_steps()));
      {
        const WeightAverage::InPlace averaged(average_, [&] { show_all_batches(record.epoch); });
        timed(&FitTimes::evaluation, "evaluation", [&] { validate(record); });
        record.seconds = monotonic_seconds() - started_;
        state_.report.history.push_back(record);
        keep_best(record);
      }
      if (events_) events_->epoch(record);
      if (options_.after_epoch && options_.after_epoch(record) == AfterEpoch::kStop) {
        state_.report.stopped = "pruned";
      }
      if (finished() || monotonic_seconds() - saved_ >= kSaveSeconds) save();
    }
    run_.reporter.progress_done();
    if (events_) events_->finish();
    restore(learner_, state_.best);
    if (!options_.trace_file.empty()) trace_.write(options_.trace_file);
    const auto samples =
        static_cast<double>(state_.report.history.size() * options_.train_rows.size());
    state_.report.samples_per_second = samples / std::max(1e-9, state_.report.seconds);
    return state_.report;
  }

 private:
  bool keeps_checkpoints() const { return !options_.checkpoint_folder.empty(); }
  std::int64_t batch_count() const { return static_cast<std::int64_t>(bounds_.size()) - 1; }
  /// Batches whose gradients make a step of the optimizer.
  std::int64_t accumulated() const { return options_.training.accumulate; }
  std::int64_t epoch_steps() const { return (batch_count() + accumulated() - 1) / accumulated(); }
  std::int64_t total_steps() const { return options_.training.epochs * epoch_steps(); }

  void resume() {
    if (!options_.resume || !keeps_checkpoints()) return;
    auto state = load_checkpoint(options_, learner_, *optimizer_, average_);
    if (!state) return;
    state_ = std::move(*state);
    kept_ = place();
    if (state_.batch >= batch_count() || state_.seen.rows != bounds_[state_.batch]) {
      throw Error(ExitStatus::kInput,
                  options_.checkpoint_folder.string() + ": the checkpoint does not fit its fit",
                  "run without --resume to start anew");
    }
  }

  void save() {
    state_.report.seconds = monotonic_seconds() - started_;
    if (!keeps_checkpoints()) return;
    try {
      timed(&FitTimes::checkpoint, "checkpoint",
            [&] { save_checkpoint(options_, learner_, *optimizer_, average_, state_); });
    } catch (const Error& problem) {
      not_saved(problem);
    }
    saved_ = monotonic_seconds();
    kept_ = place();
  }

  /// "epoch 3, batch 17": what was done last.
  std::string place() const {
    const auto epochs = state_.report.history.size();
    if (state_.batch == 0) return epochs == 0 ? "the start" : "epoch " + std::to_string(epochs);
    return "epoch " + std::to_string(epochs + 1) + ", batch " + std::to_string(state_.batch);
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
    record.steps = epoch * epoch_steps();
    record.train_loss = state_.loss_sum / static_cast<double>(order.size());
    record.train_metric = compute_metric(options_.metric, state_.seen, target, order);
    state_.batch = 0;
    state_.loss_sum = 0;
    state_.seen.rows = 0;
    state_.seen.values.clear();
    return record;
  }

  /// Between batches: writes a checkpoint when one is due, and stops where that was asked for.
  void keep_state(std::int64_t epoch, const Rng& augment) {
    if (state_.batch % accumulated() != 0) return;  // half a step cannot be kept
    const bool stop = run_.stop.requested();
    const double every = options_.training.checkpoint_every.seconds;
    const bool due = every > 0 && keeps_checkpoints() && monotonic_seconds() - saved_ >= every;
    if (!stop && !due) return;
    check_weights(epoch);  // broken ones would take the place of the last good checkpoint
    state_.augment = augment.state();
    save();
    if (stop) interrupt(epoch);
  }

  /// Learning rate and momentum of the running step.
  Rates rates(std::int64_t epoch) const {
    const auto& training = options_.training;
    const auto part = options_.validation_rows.empty() ? LossOf::kTraining : LossOf::kValidation;
    Place place{(epoch - 1) * epoch_steps() + state_.batch / accumulated(), total_steps(),
                epoch_steps(), 0};
    if (training.schedule == "plateau") {
      place.plateaus = plateaus_in(state_.report.history, training.rate_decay.patience, part);
    }
    return rates_at(training, place);
  }

  /// Gradients of the batches of a step, each weighed by its share of the samples; true when the
  /// last is in.
  bool accumulate() {
    if (accumulated() == 1) return true;
    const std::int64_t first = state_.batch / accumulated() * accumulated();
    const std::int64_t last = std::min(first + accumulated(), batch_count());
    const double share = static_cast<double>(bounds_[state_.batch + 1] - bounds_[state_.batch]) /
                         static_cast<double>(bounds_[last] - bounds_[first]);
    const torch::NoGradGuard no_grad;
    if (state_.batch == first) sum_.zero_();
    sum_.add_(flat_.gradients, share);
    if (state_.batch + 1 < last) return false;
    flat_.gradients.copy_(sum_);
    return true;
  }

  /// All training batches through the network, unchanged and in their own order.
  void show_all_batches(std::int64_t epoch) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(derive_seed(options_.seed, "average " + std::to_string(epoch)));
    for (std::int64_t i = 0; i < batch_count(); ++i) {
      const std::int64_t* rows = options_.train_rows.data() + bounds_[i];
      const std::int64_t count = bounds_[i + 1] - bounds_[i];
      learner_.network().forward_padded(batches_.inputs(rows, count),
                                        batches_.lengths(rows, count));
    }
  }

  double step(EpochRecord& record, const std::int64_t* rows, std::int64_t count, Rng& augment) {
    const auto& training = options_.training;
    const std::int64_t number = (record.epoch - 1) * batch_count() + state_.batch;
    const Rates now = rates(record.epoch);
    record.learning_rate = now.learning_rate;
    timed(&FitTimes::data, "data", [&] {
      runner_->gather({batches_, rows, count, &training.augment, &augment});
    });
    double value = 0;
    // A stream of its own for each step, so that any step can be the first after a resume.
    timed(&FitTimes::forward, "forward", [&] {
      value = runner_->forward(model::Network::Mode::kTrain,
                               noise_ + static_cast<std::uint64_t>(number));
    });
    if (!std::isfinite(value)) {
      diverged(record, "the loss is " + number_text(value) + " in epoch " +
                           std::to_string(record.epoch) + ", batch " +
                           std::to_string(state_.batch + 1) + ", " + origin(rows, count));
    }
    timed(&FitTimes::backward, "backward", [&] { runner_->backward(); });
    timed(&FitTimes::optimizer, "optimizer", [&] {
      if (!accumulate()) return;
      const torch::NoGradGuard no_grad;
      if (training.gradient_clip > 0) flat_.clip(training.gradient_clip);
      optimizer_->step(flat_, {now.learning_rate, now.momentum, training.weight_decay});
      average_.after_step();
    });
    runner_->append_outputs(state_.seen);
    ++state_.report.times.steps;
    return value;
  }

  template <class Work>
  void timed(double FitTimes::*part, const char* name, Work work) {
    const double begin = monotonic_seconds();
    work();
    const double end = monotonic_seconds();
    state_.report.times.*part += end - begin;
    trace_.add(name, begin, end);
  }

  void validate(EpochRecord& record) {
    check_weights(record.epoch);
    if (options_.validation_rows.empty()) return;
    Outputs outputs{0, learner_.blueprint().coding.outputs(), {}};
    record.validation_loss = evaluate(*judge_, batches_, options_.validation_rows, outputs);
    if (!std::isfinite(record.validation_loss)) {
      diverged(record, "the validation loss is " + number_text(record.validation_loss) +
                           " after epoch " + std::to_string(record.epoch));
    }
    record.validation_metric = compute_metric(
        options_.metric, outputs, learner_.dataset().samples.target, options_.validation_rows);
    if (events_) events_->validated(std::move(outputs));
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
    const double now = monotonic_seconds();
    if (now - shown_ < options_.progress_seconds) return;
    shown_ = now;
    const auto samples = static_cast<std::int64_t>(options_.train_rows.size());
    const std::int64_t of_epoch = bounds_[state_.batch];
    std::string detail =
        "loss " + pretty_number(state_.loss_sum / static_cast<double>(of_epoch), 3);
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

  /// Where the numbers of a batch stop being finite, found by running it again.
  std::string origin(const std::int64_t* rows, std::int64_t count) {
    return find_divergence(learner_, batches_.inputs(rows, count));
  }

  void check_weights(std::int64_t epoch) {
    if (flat_.values.isfinite().all().item<bool>()) return;
    EpochRecord record;
    record.learning_rate = options_.training.learning_rate;
    diverged(record, "a weight is not finite in epoch " + std::to_string(epoch));
  }

  [[noreturn]] void not_saved(const Error& problem) {
    run_.reporter.progress_done();
    const auto& what = problem.diagnostics().front();
    throw Error(problem.status(),
                options_.label + ": " + what.message + "; " +
                    (kept_.empty() ? "no checkpoint is there yet"
                                   : "the checkpoint of " + kept_ + " stays"),
                what.hint + (kept_.empty() ? "" : ", then go on with --resume"));
  }

  [[noreturn]] void diverged(const EpochRecord& record, const std::string& what) {
    run_.reporter.progress_done();
    const auto good = state_.report.history.size();
    throw Error(
        ExitStatus::kRuntime,
        options_.label + ": " + what + ", at learning rate " + pretty_number(record.learning_rate) +
            "; " +
            (!kept_.empty()
                 ? "last good checkpoint: " + kept_ + ", in " + options_.checkpoint_folder.string()
             : good > 0 ? "last good epoch: " + std::to_string(good)
                        : "no epoch was good"),
        "lower training.learning_rate (now " + pretty_number(options_.training.learning_rate) +
            "; try " + pretty_number(options_.training.learning_rate / 10) +
            "), set training.gradient_clip: 1, or put a norm layer before the one named");
  }

  SupervisedLearner& learner_;
  const FitOptions& options_;
  RunContext& run_;
  Batches batches_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
  WeightAverage average_;
  LossSettings loss_settings_;
  torch::Tensor sum_;  ///< gradients of a step's batches so far, where a step has several
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<Runner> judge_;  ///< of the validation part: no class weights
  std::vector<std::int64_t> bounds_;
  std::uint64_t noise_ = derive_seed(options_.seed, "dropout");
  Trace trace_;
  FitState state_;
  std::unique_ptr<FitEvents> events_;  ///< none where nobody asked for them
  double started_ = 0;                 ///< on the steady clock, less what earlier runs took
  double saved_ = 0;
  double shown_ = 0;
  std::string kept_;  ///< place of the checkpoint on disk, "" before there is one
};

}  // namespace

FitReport SupervisedLearner::fit(const FitOptions& asked, RunContext& run) {
  const FitOptions options = with_batch_size(*this, asked, run);
  check_batches(*this, options);
  check_augment(options.training.augment, blueprint().preprocessor);
  try {
    return Fit(*this, options, run).run();
  } catch (const std::exception& problem) {
    if (!is_out_of_memory(problem)) throw;
  }
  run.reporter.progress_done();
  throw out_of_memory(options.label + ": memory ran out", memory_need(*this),
                      options.training.batch_size, usable_memory_bytes());
}

}  // namespace dlwork::training
