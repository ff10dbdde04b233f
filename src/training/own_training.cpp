#include "training/own_training.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"
#include "dlwork/training/metrics.h"
#include "training/batch_size.h"
#include "training/epoch_events.h"
#include "training/fit_errors.h"
#include "training/supervised_learner.h"

namespace dlwork::training {
namespace {

constexpr char kOwnCheckpoint[] = "dlwork/own-checkpoint/3";
constexpr char kStartAnew[] = "run without --resume to start anew";

std::string own_identity(const OwnTraining& training, const FitOptions& options) {
  spec::Project project;
  project.training = options.training;
  Json settings = spec::dump_json(project).at("training");
  for (const char* key : {"early_stopping", "checkpoint_every", "memory"}) settings.erase(key);
  Hasher hasher;
  hasher.add(training.identity()).add(settings.dump()).add(options.metric);
  hasher.add(&options.seed, sizeof options.seed);
  for (const auto* rows : {&options.train_rows, &options.validation_rows}) {
    const std::uint64_t count = rows->size();
    hasher.add(&count, sizeof count).add(rows->data(), count * sizeof(std::int64_t));
  }
  return hasher.hex();
}

Json history_json(const std::vector<EpochRecord>& history) {
  Json all = Json::array();
  for (const auto& e : history) {
    all.push_back({e.epoch, e.steps, e.train_loss, e.train_metric, e.validation_loss,
                   e.validation_metric, e.learning_rate, e.seconds});
  }
  return all;
}

/// JSON keeps numbers that are not finite as null.
double number(const Json& json) { return json.is_number() ? json.get<double>() : std::nan(""); }

std::vector<EpochRecord> history_from(const Json& json) {
  std::vector<EpochRecord> history;
  for (const auto& e : json) {
    history.push_back({e.at(0).get<std::int64_t>(), e.at(1).get<std::int64_t>(), number(e.at(2)),
                       number(e.at(3)), number(e.at(4)), number(e.at(5)), number(e.at(6)),
                       number(e.at(7))});
  }
  return history;
}

/// Settings that supervised training alone goes by must not seem to count. Those that go by classes
/// are refused where the project is read.
void refuse_settings(const spec::Training& training, const std::string& task,
                     const OwnTraining& own) {
  const spec::Training usual;
  const std::string why = "has no effect on the task " + task;
  const auto refuse = [](bool set, const std::string& key, const std::string& reason,
                         const std::string& what_to_do = "take it out") {
    if (set) {
      throw Error(ExitStatus::kUsage, Diagnostic{{}, "training." + key, reason, what_to_do});
    }
  };
  refuse(training.averaging.method != usual.averaging.method, "averaging", why);
  refuse(training.accumulate != usual.accumulate, "accumulate", why);
  refuse(training.precision != usual.precision, "precision", why);
  refuse(!training.loss.empty() && !own.has_losses(), "loss", why);
  refuse(training.augment != usual.augment && !own.augments(), "augment", why);
  refuse(training.schedule == "plateau", "schedule", "plateau " + why,
         "name one-cycle, cosine, step or constant");
}

FitError own_not_finite(const OwnEpoch& epoch, const std::string& what) {
  const auto good = static_cast<std::size_t>(epoch.record.epoch - 1);
  return not_finite(epoch.options, what, epoch.record.learning_rate,
                    good_text(epoch.options, epoch.kept, good));
}

class Epochs {
 public:
  Epochs(OwnTraining& training, const FitOptions& options, RunContext& run, const std::string& task)
      : training_(training),
        options_(options),
        run_(run),
        task_(task),
        higher_is_better_(find_metric(options.metric, task).higher_is_better) {}

  FitReport run() {
    if (run_.group != nullptr) {
      throw Error(ExitStatus::kUsage, options_.label + ": this task trains in one process",
                  "leave --processes out");
    }
    refuse_settings(options_.training, task_, training_);
    if (options_.train_rows.empty()) {
      throw Error(ExitStatus::kInput, options_.label + ": the training part is empty");
    }
    begin_record();
    resume();
    report_.path = "autograd";
    open_events();
    started_ = monotonic_seconds() - report_.seconds;
    saved_ = monotonic_seconds();
    while (!finished()) {
      train();
      evaluate();
      report_.seconds = epoch_.record.seconds = monotonic_seconds() - started_;
      report_.history.push_back(epoch_.record);
      keep_best(epoch_.record);
      write_events(epoch_.record);
      if (options_.after_epoch && options_.after_epoch(epoch_.record) == AfterEpoch::kStop) {
        report_.stopped = "pruned";
      }
      finished();
      begin_record();
      save();
    }
    run_.reporter.progress_done();
    put_back();
    const auto samples = static_cast<double>(report_.history.size() * options_.train_rows.size());
    report_.samples_per_second = samples / std::max(1e-9, report_.seconds);
    return report_;
  }

 private:
  bool keeps_checkpoints() const { return !options_.checkpoint_folder.empty(); }
  std::filesystem::path file() const { return options_.checkpoint_folder / "fit.safetensors"; }

  bool finished() {
    if (!report_.stopped.empty()) return true;
    const auto patience = options_.training.early_stopping.patience;
    if (patience > 0 && since_best_ >= patience) report_.stopped = "early stopping";
    if (static_cast<std::int64_t>(report_.history.size()) >= options_.training.epochs) {
      report_.stopped = "epochs";
    }
    return !report_.stopped.empty();
  }

  /// Of the epoch to come; its rate until a step has one of its own.
  void begin_record() {
    epoch_.record = {};
    epoch_.record.epoch = static_cast<std::int64_t>(report_.history.size()) + 1;
    epoch_.record.learning_rate = options_.training.learning_rate;
  }

  void train() {
    training_.begin(epoch_);
    for (auto part = training_.part(); part.done < part.of; part = training_.part()) {
      keep_state(part);
      training_.advance(epoch_);
      show();
    }
    training_.finish(epoch_);
  }

  /// Between two steps: writes a checkpoint when one is due, and stops where that was asked for.
  void keep_state(const EpochPart& part) {
    const double every = options_.training.checkpoint_every.seconds;
    const bool stop = run_.stop.requested();
    const bool due = every > 0 && keeps_checkpoints() && monotonic_seconds() - saved_ >= every;
    if (!stop && !due) return;
    check_weights();  // broken ones would take the place of the last good checkpoint
    report_.seconds = monotonic_seconds() - started_;
    save();
    if (!stop) return;
    run_.reporter.progress_done();
    throw interrupted(options_, "epoch " + std::to_string(epoch_.record.epoch) + " after " +
                                    part.unit + " " + std::to_string(part.done) + " of " +
                                    std::to_string(part.of));
  }

  void show() {
    const double now = monotonic_seconds();
    if (now - shown_ < options_.progress_seconds) return;
    shown_ = now;
    const auto part = training_.part();
    const auto epoch = epoch_.record.epoch, epochs = options_.training.epochs;
    const double done = static_cast<double>(epoch - 1) +
                        static_cast<double>(part.done) / static_cast<double>(part.of);
    run_.reporter.progress(
        {options_.label + ", epoch " + std::to_string(epoch) + "/" + std::to_string(epochs), done,
         static_cast<double>(epochs), "epochs", training_.detail()});
  }

  void evaluate() {
    const double trained = monotonic_seconds();
    check_weights();  // before anything is kept, so that what was kept last is good
    if (!options_.validation_rows.empty()) training_.validate(epoch_);
    report_.times.evaluation += monotonic_seconds() - trained;
  }

  void check_weights() const {
    const std::string broken = training_.broken();
    if (broken.empty()) return;
    throw own_not_finite(epoch_, "a weight of " + broken + " is not finite in epoch " +
                                     std::to_string(epoch_.record.epoch));
  }

  /// Better on the validation part; without one, the newest.
  void keep_best(const EpochRecord& record) {
    ++since_best_;
    const double value = record.validation_metric;
    const bool better =
        best_.empty() || options_.validation_rows.empty() || std::isnan(report_.best_metric) ||
        (higher_is_better_ ? value > report_.best_metric : value < report_.best_metric);
    if (!better) return;
    report_.best_metric = value;
    report_.best_epoch = record.epoch;
    since_best_ = 0;
    best_.clear();
    for (const auto& [name, tensor] : training_.model()) best_.push_back(tensor.detach().clone());
  }

  void put_back() {
    const torch::NoGradGuard no_grad;
    std::size_t i = 0;
    for (auto [name, tensor] : training_.model()) tensor.copy_(best_[i++]);
  }

  void open_events() {
    if (options_.events_folder.empty()) return;
    events_.emplace(options_.events_folder);
    write_history(*events_, options_, report_.history);
  }

  void write_events(const EpochRecord& record) {
    if (!events_) return;
    const double start = monotonic_seconds();
    write_epoch(*events_, options_, record);
    report_.times.events += monotonic_seconds() - start;
  }

  void save() {
    if (!keeps_checkpoints()) return;
    const double start = monotonic_seconds();
    const auto part = training_.part();
    const std::string place = place_text(report_.history.size(), part.done, part.unit);
    SafeTensors content;
    const Json record = {{"place", place},
                         {"history", history_json(report_.history)},
                         {"learning_rate", epoch_.record.learning_rate},
                         {"best_epoch", report_.best_epoch},
                         {"best_metric", report_.best_metric},
                         {"since_best", since_best_},
                         {"seconds", report_.seconds},
                         {"numbers", training_.numbers()}};
    content.metadata = {{"format", kOwnCheckpoint},
                        {"fit", own_identity(training_, options_)},
                        {"record", record.dump()}};
    const auto model = training_.model();
    for (std::size_t i = 0; i < model.size(); ++i) {
      content.tensors.push_back(store_tensor("now." + model[i].first, model[i].second));
      if (best_.empty()) continue;  // before the first epoch ends
      content.tensors.push_back(store_tensor("best." + model[i].first, best_[i]));
    }
    for (const auto& [name, tensor] : training_.state()) {
      content.tensors.push_back(store_tensor("state." + name, tensor));
    }
    write(content);
    epoch_.kept = place;
    saved_ = monotonic_seconds();
    report_.times.checkpoint += saved_ - start;
  }

  void write(const SafeTensors& content) const {
    try {
      make_folder(options_.checkpoint_folder);
      write_safetensors(file(), content);
    } catch (const Error& problem) {
      run_.reporter.progress_done();
      throw not_saved(options_, problem, epoch_.kept);
    }
  }

  void resume() {
    if (!options_.resume || !keeps_checkpoints() || !std::filesystem::exists(file())) return;
    OwnModel stored;
    stored.content = read_safetensors(file());
    check_ours(stored.content);
    read_record(stored.content.metadata["record"]);
    const auto& history = report_.history;
    NamedTensors wanted;
    for (const auto& [name, tensor] : training_.model()) {
      wanted.push_back({"now." + name, tensor});
      if (history.empty()) continue;
      best_.push_back(tensor.detach().clone());
      wanted.push_back({"best." + name, best_.back()});
    }
    for (const auto& [name, tensor] : training_.state()) {
      wanted.push_back({"state." + name, tensor});
    }
    stored.fill(file(), wanted);
    if (options_.resumed && !history.empty() && options_.resumed(history) == AfterEpoch::kStop) {
      report_.stopped = "pruned";
    }
  }

  void check_ours(SafeTensors& content) const {
    const auto refuse = [&](const std::string& why) {
      throw Error(ExitStatus::kInput, file().string() + ": " + why, kStartAnew);
    };
    if (content.metadata["format"] != kOwnCheckpoint) {
      refuse("is a checkpoint in a format that this version of dlwork does not read");
    }
    if (content.metadata["fit"] != own_identity(training_, options_)) {
      refuse("is of another fit: settings, data or seed changed");
    }
    if (!content.checked) refuse("has no checksum");
  }

  void read_record(const std::string& text) {
    try {
      const Json record = Json::parse(text);
      report_.history = history_from(record.at("history"));
      report_.best_epoch = record.at("best_epoch").get<std::int64_t>();
      report_.best_metric = number(record.at("best_metric"));
      since_best_ = record.at("since_best").get<std::int64_t>();
      report_.seconds = record.at("seconds").get<double>();
      begin_record();
      epoch_.record.learning_rate = record.at("learning_rate").get<double>();
      epoch_.kept = record.at("place").get<std::string>();
      training_.restore(record.at("numbers"));
    } catch (const Json::exception& problem) {
      throw Error(ExitStatus::kInput,
                  file().string() + ": its record cannot be read: " + problem.what(), kStartAnew);
    }
  }

  OwnTraining& training_;
  const FitOptions& options_;
  RunContext& run_;
  const std::string& task_;
  bool higher_is_better_;
  FitReport report_;
  std::vector<torch::Tensor> best_;
  std::int64_t since_best_ = 0;
  std::optional<artefact::EventFile> events_;
  OwnEpoch epoch_{options_, report_.times, {}, ""};
  double started_ = 0;  ///< on the steady clock, less what earlier runs took
  double saved_ = 0, shown_ = 0;
};

}  // namespace

FitOptions own_options(const FitOptions& asked, const OwnNeed& need, RunContext& run) {
  const auto available = memory_for(asked.training, need.device);
  const FitOptions options = with_batch_size(
      asked,
      need.samples > 0 ? choose_batch_size(need.memory, need.samples, available)
                       : usual_batch_size(need.memory, spec::Training().batch_size, available),
      run);
  const std::int64_t batch = options.training.batch_size;
  check_memory(need.memory, need.samples > 0 ? std::min(need.samples, batch) : batch, available);
  return options;
}

FitReport run_epochs(OwnTraining& training, const FitOptions& options, RunContext& run,
                     const std::string& task) {
  return Epochs(training, options, run, task).run();
}

void check_finite(double loss, const OwnEpoch& epoch, std::int64_t batch,
                  const std::function<std::string()>& origin, const std::string& which) {
  if (std::isfinite(loss)) return;
  const std::string where = batch > 0 ? ", batch " + std::to_string(batch) : "";
  throw own_not_finite(epoch, "the " + which + " is " + number_text(loss) + " in epoch " +
                                  std::to_string(epoch.record.epoch) + where + ", " + origin());
}

}  // namespace dlwork::training
