#include "training/fit.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/training/metrics.h"
#include "training/accumulation.h"
#include "training/ahead_trial.h"
#include "training/averaging.h"
#include "training/batch_size.h"
#include "training/device.h"
#include "training/divergence.h"
#include "training/fit_checks.h"
#include "training/fit_clock.h"
#include "training/fit_errors.h"
#include "training/fit_events.h"
#include "training/gradient_exchange.h"
#include "training/label_dynamics.h"
#include "training/runner.h"
#include "training/schedule.h"
#include "training/shards.h"

namespace dlwork::training {
namespace {

/// Each epoch leaves a checkpoint, which any end of the process leaves whole. It is flushed to the
/// disk, for power cuts, when the last that was is older than this: a short epoch takes less time.
constexpr double kFlushSeconds = 1;
constexpr char kEvents[] = "event files";  ///< TensorBoard's, in the trace

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
        team_(run.group),
        loss_settings_(learner.loss_settings(options.training, options.train_rows)),
        scale_(options.training.precision, learner.device()),
        runner_(
            make_training_runner(learner, loss_settings_, options.training, &scale_, team_.size())),
        judge_(make_runner(learner, unweighted(loss_settings_))),
        judged_at_once_(evaluation_batch(learner)),
        bounds_(batch_bounds(static_cast<std::int64_t>(options.train_rows.size()),
                             options.training.batch_size * team_.size(),
                             least_batch(learner, team_.size()))),
        accumulation_(options.training.accumulate, flat_, bounds_),
        checkpoint_(options, learner, team_.size()),
        ahead_(run.threads),
        clock_(learner.device(), !options.trace_file.empty()) {
    batches_.prepare();
    if (!team_.alone()) join();
  }

  FitReport run() {
    resume();
    state_.report.path = runner_->path();
    state_.report.processes = team_.size();
    state_.seen.values.reserve(options_.train_rows.size() * learner_.blueprint().coding.outputs());
    if (team_.leads()) {
      timed(&FitTimes::events, kEvents,
            [&] { events_ = fit_events(learner_, flat_, options_, state_.report); });
    }
    started_ = monotonic_seconds() - state_.report.seconds;
    saved_ = flushed_ = monotonic_seconds();
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
      if (events_) timed(&FitTimes::events, kEvents, [&] { events_->epoch(record); });
      if (options_.after_epoch) heed(options_.after_epoch(record));
      const bool last = finished();
      if (events_) events_->keep_spreads(record.epoch, last, state_.report);
      save();
      warn_where_it_does_not_pay();
    }
    run_.reporter.progress_done();
    if (events_) timed(&FitTimes::events, kEvents, [&] { events_->finish(state_); });
    put_back(learner_, state_.best);
    wait_for(learner_.device());  // who reads the weights next may do so on another stream
    state_.report.feeding = ahead_.text();
    state_.report.path = runner_->path();  // no graph any more, perhaps
    if (!options_.trace_file.empty()) clock_.trace().write(options_.trace_file);
    const auto all = static_cast<double>(state_.report.history.size() * options_.train_rows.size());
    state_.report.samples_per_second = all / std::max(1e-9, state_.report.seconds);
    return state_.report;
  }

 private:
  bool keeps_checkpoints() const { return !options_.checkpoint_folder.empty(); }
  std::int64_t batch_count() const { return static_cast<std::int64_t>(bounds_.size()) - 1; }
  /// Batches whose gradients make a step of the optimizer.
  std::int64_t accumulated() const { return options_.training.accumulate; }
  std::int64_t epoch_steps() const { return (batch_count() + accumulated() - 1) / accumulated(); }
  std::int64_t total_steps() const { return options_.training.epochs * epoch_steps(); }

  /// All processes start from the same weights, on the same settings and data.
  void join() {
    team_.agree(checkpoint_.identity() + learner_.blueprint().preprocessor.to_json().dump(),
                options_.label);
    const auto running = running_statistics(learner_.network());
    auto all = running;
    all.push_back(flat_.values);
    team_.begin_with(all);
    exchange_ = std::make_unique<GradientExchange>(team_.group(), flat_, running);
    // Gradients of several batches are added up before they are exchanged.
    if (accumulated() == 1) {
      runner_->on_gradient([this](std::size_t parameter) { exchange_->ready(parameter); });
    }
  }

  void resume() {
    if (!keeps_checkpoints()) return;
    if (!options_.resume) return checkpoint_.start_anew();
    std::string bytes = team_.leads() ? checkpoint_.newest() : "";
    if (!team_.alone()) team_.group().broadcast(bytes);
    if (bytes.empty()) return;
    state_ = checkpoint_.load(bytes, *optimizer_, average_);
    scale_.restore(state_.scale);
    kept_ = place_text(state_.report.history.size(), state_.batch);
    if (state_.batch >= batch_count() || state_.seen.rows != bounds_[state_.batch]) {
      throw Error(ExitStatus::kInput,
                  options_.checkpoint_folder.string() + ": the checkpoint does not fit its fit",
                  "run without --resume to start anew");
    }
    const auto& history = state_.report.history;
    if (options_.resumed && !history.empty()) heed(options_.resumed(history));
    if (team_.alone()) return;
    state_.seen = Team::pick(state_.seen, own_places());
    state_.augment = team_.own_stream(state_.augment);
    if (!team_.leads()) state_.loss_sum = 0;
  }

  /// The first process's word counts.
  void heed(AfterEpoch said) {
    const bool stops = said == AfterEpoch::kStop && team_.leads();
    if (team_.sum(stops ? 1 : 0) > 0) state_.report.stopped = "pruned";
  }

  /// This process's part of each batch that the running epoch has had.
  std::vector<Shard> own_places() const {
    std::vector<Shard> places;
    for (std::int64_t i = 0; i < state_.batch; ++i) places.push_back(own(i));
    return places;
  }
  Shard own(std::int64_t batch) const { return team_.own({bounds_[batch], bounds_[batch + 1]}); }

  /// The state as one process that does the work of all would have it.
  FitState whole_state() const {
    FitState whole = state_;
    whole.seen = team_.gather(state_.seen, own_places(), bounds_[state_.batch]);
    whole.augment = team_.gather_streams(state_.augment);
    whole.loss_sum = team_.sum(state_.loss_sum);
    return whole;
  }

  void save() {
    const double now = monotonic_seconds();
    state_.report.seconds = now - started_;
    state_.scale = scale_.state();
    if (!keeps_checkpoints()) return;
    const bool flush = now - flushed_ >= kFlushSeconds;
    const Durable durable = flush ? Durable::kPowerCut : Durable::kProcess;
    timed(&FitTimes::checkpoint, "checkpoint", [&] {
      if (team_.alone()) return write(state_, durable);
      const FitState whole = whole_state();
      if (team_.leads()) write(whole, durable);
    });
    saved_ = monotonic_seconds();
    if (flush) flushed_ = saved_;
    kept_ = place_text(state_.report.history.size(), state_.batch);
  }

  void write(const FitState& state, Durable durable) {
    try {
      checkpoint_.save(*optimizer_, average_, state, durable);
    } catch (const Error& problem) {
      run_.reporter.progress_done();
      throw not_saved(options_, problem, kept_);
    }
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
    Rng augment(options_.seed, "augment " + stream + team_.stream());
    if (state_.batch > 0) augment.restore(state_.augment);
    state_.seen.columns = learner_.blueprint().coding.outputs();

    EpochRecord record;
    record.epoch = epoch;
    while (state_.batch < batch_count()) {
      keep_state(epoch, augment);
      const double begin = monotonic_seconds(), gathered = state_.report.times.data;
      const double loss = step(record, order, augment);
      ahead_.step(monotonic_seconds() - begin, state_.report.times.data - gathered);
      state_.loss_sum +=
          loss * static_cast<double>(bounds_[state_.batch + 1] - bounds_[state_.batch]);
      ++state_.batch;
      show();
    }
    Outputs all;
    if (!team_.alone()) all = team_.gather(state_.seen, own_places(), bounds_.back());
    const Outputs& seen = team_.alone() ? state_.seen : all;
    const auto& target = learner_.dataset().samples.target;
    record.steps = epoch * epoch_steps();
    record.train_loss = team_.sum(state_.loss_sum) / static_cast<double>(order.size());
    record.train_metric = compute_metric(options_.metric, seen, target, order);
    if (epoch <= options_.label_epochs) {
      add_epoch(state_.report.label_dynamics, seen, order, target, options_.train_rows);
    }
    state_.batch = 0;
    state_.loss_sum = 0;
    state_.seen.rows = 0;
    state_.seen.values.clear();
    return record;
  }

  /// Between batches: writes a checkpoint when one is due, and stops where that was asked for.
  void keep_state(std::int64_t epoch, const Rng& augment) {
    if (state_.batch % accumulated() != 0) return;  // half a step cannot be kept
    // Together, all processes do what the last exchange said that some of them want.
    const auto [stop, due] = team_.alone() ? wishes() : agreed_;
    if (!stop && !due) return;
    check_weights(epoch);  // broken ones would take the place of the last good checkpoint
    state_.augment = augment.state();
    save();
    if (stop) interrupt(epoch);
  }

  struct Wishes {
    bool stop = false, save = false;
  };
  Wishes wishes() const {
    const double every = options_.training.checkpoint_every.seconds;
    const bool due = every > 0 && keeps_checkpoints() && monotonic_seconds() - saved_ >= every;
    return {run_.stop.requested(), due && team_.leads()};
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

  /// All training batches through the network, unchanged and in their own order.
  void show_all_batches(std::int64_t epoch) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(derive_seed(options_.seed, "average " + std::to_string(epoch)));
    for (std::int64_t i = 0; i < batch_count(); ++i) {
      const std::int64_t* rows = options_.train_rows.data() + bounds_[i];
      const std::int64_t count = bounds_[i + 1] - bounds_[i];
      learner_.network().forward(batches_.inputs(rows, count));
    }
  }

  /// Returns this process's part of the batch's mean loss.
  double step(EpochRecord& record, const std::vector<std::int64_t>& order, Rng& augment) {
    const Shard whole{bounds_[state_.batch], bounds_[state_.batch + 1]}, part = own(state_.batch);
    const std::int64_t* rows = order.data() + part.begin;
    const double share = team_.alone()
                             ? 1
                             : weight_share(loss_settings_.class_weights,
                                            learner_.dataset().samples.target, order, part, whole);
    const Rates now = rates(record.epoch);
    record.learning_rate = now.learning_rate;
    double value = 0;
    if (exchange_) exchange_->begin(accumulated() == 1 ? share : 1);
    if (part.count() > 0) value = pass(record, rows, part.count(), augment);
    if (accumulation_.add(flat_.gradients, state_.batch, share)) update(now);
    ++state_.report.times.steps;
    return share * value;
  }

  void update(const Rates& now) {
    const auto& training = options_.training;
    if (exchange_) {
      timed(&FitTimes::exchange, "exchange", [&] {
        const Wishes mine = wishes();
        const auto all = exchange_->finish({mine.stop ? 1.0f : 0.0f, mine.save ? 1.0f : 0.0f});
        agreed_ = {all[0] > 0, all[1] > 0};
      });
    }
    timed(&FitTimes::optimizer, "optimizer", [&] {
      const torch::NoGradGuard no_grad;
      if (!scale_.unscale(flat_.gradients)) return overflowed(now.learning_rate);
      if (training.gradient_clip > 0 && !std::isfinite(flat_.clip(training.gradient_clip))) {
        gradients_broke(now.learning_rate);
      }
      optimizer_->step(flat_, {now.learning_rate, now.momentum, training.weight_decay});
      average_.after_step();
    });
  }

  /// A step is left out, unless that will never end.
  void overflowed(double learning_rate) {
    if (!scale_.spent()) return;
    gradients_broke(learning_rate, ", however little the loss is multiplied by");
  }

  [[noreturn]] void gradients_broke(double learning_rate, const std::string& how = "") {
    const auto place = place_text(state_.report.history.size(), state_.batch + 1);
    diverged(learning_rate, broken_gradients(learner_.network()) + " after " + place + how);
  }

  void gather_next(const std::int64_t* rows, const Rng& augment) {
    if (!ahead_.ahead() || state_.batch + 1 == batch_count()) return;
    const Shard now = own(state_.batch), next = own(state_.batch + 1);
    if (next.count() == 0) return;
    batches_.gather_ahead(rows + (next.begin - now.begin), next.count(), options_.training.augment,
                          augment);
  }

  /// Forward and backward over one batch; returns its mean loss.
  double pass(EpochRecord& record, const std::int64_t* rows, std::int64_t count, Rng& augment) {
    const auto& training = options_.training;
    const std::int64_t number = (record.epoch - 1) * batch_count() + state_.batch;
    timed(&FitTimes::data, "data", [&] {
      runner_->gather({batches_, rows, count, &training.augment, &augment});
    });
    gather_next(rows, augment);
    double value = 0;
    // A stream of its own for each step, so that any step can be the first after a resume.
    timed(&FitTimes::forward, "forward", [&] {
      value = runner_->forward(model::Network::Mode::kTrain,
                               noise_ + static_cast<std::uint64_t>(number));
    });
    if (!std::isfinite(value)) {
      diverged(record.learning_rate,
               "the loss is " + number_text(value) + " in epoch " + std::to_string(record.epoch) +
                   ", batch " + std::to_string(state_.batch + 1) + ", " + origin(rows, count));
    }
    timed(&FitTimes::backward, "backward", [&] { runner_->backward(); });
    runner_->append_outputs(state_.seen);
    return value;
  }

  template <class Work>
  void timed(double FitTimes::*part, const char* name, Work work) {
    state_.report.times.*part += clock_.time(name, work);
  }

  void validate(EpochRecord& record) {
    check_weights(record.epoch);
    if (options_.validation_rows.empty()) return;
    Outputs outputs{0, learner_.blueprint().coding.outputs(), {}};
    const auto& rows = options_.validation_rows;
    const auto count = static_cast<std::int64_t>(rows.size());
    const Shard part = team_.own({0, count});
    const double loss =
        evaluate(*judge_, batches_, {rows.begin() + part.begin, rows.begin() + part.end},
                 judged_at_once_, outputs);
    const auto share = static_cast<double>(part.count()) / static_cast<double>(count);
    record.validation_loss = team_.sum(share * loss);
    outputs = team_.gather(std::move(outputs), {part}, count);
    if (!std::isfinite(record.validation_loss)) {
      diverged(record.learning_rate, "the validation loss is " +
                                         number_text(record.validation_loss) + " after epoch " +
                                         std::to_string(record.epoch));
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
    state_.best = copies(learner_);
  }

  void show() {
    const double now = monotonic_seconds();
    if (now - shown_ < options_.progress_seconds) return;
    shown_ = now;
    run_.reporter.progress(
        fit_progress(options_, state_.report.history, bounds_[state_.batch],
                     state_.loss_sum * team_.size() / static_cast<double>(bounds_[state_.batch])));
  }

  void warn_where_it_does_not_pay() {
    if (team_.alone() || !team_.leads() || warned_) return;
    const std::string text = does_not_pay(options_.label, state_.report.times, team_.size());
    if (text.empty()) return;
    run_.reporter.warn(text);
    warned_ = true;
  }

  [[noreturn]] void interrupt(std::int64_t epoch) {
    run_.reporter.progress_done();
    throw interrupted(options_, "epoch " + std::to_string(epoch) + " after batch " +
                                    std::to_string(state_.batch) + " of " +
                                    std::to_string(batch_count()));
  }

  /// Where the numbers of a batch stop being finite, found by running it again.
  std::string origin(const std::int64_t* rows, std::int64_t count) {
    return find_divergence(learner_.network(), batches_.inputs(rows, count),
                           options_.training.precision);
  }

  void check_weights(std::int64_t epoch) {
    if (flat_.values.isfinite().all().item<bool>()) return;
    diverged(options_.training.learning_rate,
             "a weight of layer " + broken_layer(learner_.network()) + " is not finite in epoch " +
                 std::to_string(epoch));
  }

  [[noreturn]] void diverged(double learning_rate, const std::string& what) {
    run_.reporter.progress_done();
    throw not_finite(options_, what, learning_rate,
                     good_text(options_, kept_, state_.report.history.size()));
  }

  SupervisedLearner& learner_;
  const FitOptions& options_;
  RunContext& run_;
  Batches batches_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
  WeightAverage average_;
  Team team_;
  LossSettings loss_settings_;
  LossScale scale_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<Runner> judge_;  ///< of the validation part: no class weights
  std::int64_t judged_at_once_;    ///< samples of it
  std::vector<std::int64_t> bounds_;
  Accumulation accumulation_;
  CheckpointFile checkpoint_;
  std::unique_ptr<GradientExchange> exchange_;  ///< none for a process alone
  Wishes agreed_{};                             ///< of all processes, at the last exchange
  std::uint64_t noise_ = derive_seed(options_.seed, "dropout" + team_.stream());
  AheadTrial ahead_;
  FitClock clock_;
  FitState state_;
  std::unique_ptr<FitEvents> events_;  ///< none where nobody asked for them
  double started_ = 0;                 ///< on the steady clock, less what earlier runs took
  double saved_ = 0, flushed_ = 0, shown_ = 0;
  bool warned_ = false;
  std::string kept_;  ///< place of the checkpoint on disk, "" before there is one
};

}  // namespace

FitReport SupervisedLearner::fit(const FitOptions& asked, RunContext& run) {
  const FitOptions options = checked_options(*this, asked, run);
  return telling_memory(memory_need(*this), device_, options, run,
                        [&] { return Fit(*this, options, run).run(); });
}

}  // namespace dlwork::training
