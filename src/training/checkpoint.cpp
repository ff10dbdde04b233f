#include "training/fit.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"
#include "training/safetensors.h"

namespace dlwork::training {
namespace {

constexpr char kCheckpointFormat[] = "dlwork/checkpoint/7";
constexpr char kAnew[] = "run without --resume to start anew";

std::filesystem::path file_of(const FitOptions& options, Durable durable) {
  return options.checkpoint_folder /
         (durable == Durable::kPowerCut ? "fit.safetensors" : "recent.safetensors");
}

/// A number that the kernel draws when it starts.
std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

std::string said(const SafeTensors& content, const char* key) {
  const auto found = content.metadata.find(key);
  return found == content.metadata.end() ? std::string() : found->second;
}

/// How far a checkpoint's fit is: epochs, then batches.
std::pair<std::int64_t, std::int64_t> place_of(const SafeTensors& content) {
  return {parse_integer(said(content, "epochs")).value_or(-1),
          parse_integer(said(content, "batch")).value_or(-1)};
}

/// Epochs are left out of what must be equal where the schedule is not stretched over them, so that
/// a longer fit may go on.
std::string fit_identity(const FitOptions& options, const SupervisedLearner& learner,
                         int processes) {
  const auto& training = options.training;
  Hasher hasher;
  hasher.add(layers_text(learner.blueprint().layers));
  spec::Project project;
  project.training = training;
  Json settings = spec::dump_json(project).at("training");
  const bool stretched = training.schedule == "one-cycle" || training.schedule == "cosine" ||
                         training.averaging.method == "swa";
  if (!stretched) settings.erase("epochs");
  for (const char* key : {"early_stopping", "checkpoint_every", "memory", "loss"}) {
    settings.erase(key);
  }
  hasher.add(settings.dump()).add(options.metric).add(learner.blueprint().loss);
  hasher.add(&options.seed, sizeof options.seed);
  if (processes > 1) hasher.add(std::to_string(processes) + " processes");
  for (const auto* rows : {&options.train_rows, &options.validation_rows}) {
    const std::uint64_t count = rows->size();
    hasher.add(&count, sizeof count).add(rows->data(), count * sizeof(std::int64_t));
  }
  return hasher.hex();
}

Json report_json(const FitState& state) {
  return {{"best_epoch", state.report.best_epoch},
          {"best_metric", state.report.best_metric},
          {"since_best", state.epochs_since_best},
          {"seconds", state.report.seconds},
          {"batch", state.batch},
          {"loss_sum", state.loss_sum},
          {"loss_scale", state.scale.factor},
          {"loss_scale_steps", state.scale.steps},
          {"label_epochs", state.report.label_dynamics.epochs},
          {"augment", state.augment}};
}

/// As a tensor: as text it would take longer to write than the weights in a fit of many epochs.
StoredTensor store_rows(const std::string& name, const std::vector<double>& values,
                        std::int64_t columns) {
  const auto rows = static_cast<std::int64_t>(values.size()) / columns;
  return store_tensor(name, torch::tensor(values, torch::kFloat64).view({rows, columns}));
}

constexpr std::int64_t kHistoryColumns = 8;

StoredTensor store_history(const std::vector<EpochRecord>& history) {
  std::vector<double> values;
  values.reserve(history.size() * kHistoryColumns);
  for (const auto& e : history) {
    values.insert(values.end(), {static_cast<double>(e.epoch), static_cast<double>(e.steps),
                                 e.train_loss, e.train_metric, e.validation_loss,
                                 e.validation_metric, e.learning_rate, e.seconds});
  }
  return store_rows("history", values, kHistoryColumns);
}

constexpr std::int64_t kSpreadColumns = 6;

StoredTensor store_spreads(const std::vector<LayerSpread>& spreads) {
  std::vector<double> values;
  for (const auto& s : spreads) {
    values.insert(values.end(), {static_cast<double>(s.epoch), static_cast<double>(s.layer),
                                 static_cast<double>(s.of), s.low, s.median, s.high});
  }
  return store_rows("spreads", values, kSpreadColumns);
}

constexpr std::int64_t kLabelColumns = 3;

StoredTensor store_labels(const LabelDynamics& dynamics) {
  std::vector<double> values;
  values.reserve(dynamics.margin.size() * kLabelColumns);
  for (std::size_t i = 0; i < dynamics.margin.size(); ++i) {
    values.insert(values.end(),
                  {dynamics.margin[i], dynamics.confidence[i], dynamics.variability[i]});
  }
  return store_rows("labels", values, kLabelColumns);
}

/// JSON keeps numbers that are not finite as null.
double number(const Json& json) { return json.is_number() ? json.get<double>() : std::nan(""); }

void read_report(const Json& json, FitState& state) {
  state.report.best_epoch = json.at("best_epoch").get<std::int64_t>();
  state.report.best_metric = number(json.at("best_metric"));
  state.report.seconds = number(json.at("seconds"));
  state.epochs_since_best = json.at("since_best").get<std::int64_t>();
  state.batch = std::max<std::int64_t>(0, json.at("batch").get<std::int64_t>());
  state.loss_sum = number(json.at("loss_sum"));
  state.scale = {json.at("loss_scale").get<double>(),
                 json.at("loss_scale_steps").get<std::int64_t>()};
  state.report.label_dynamics.epochs = json.at("label_epochs").get<std::int64_t>();
  state.augment = json.at("augment").get<std::vector<std::uint64_t>>();
}

const StoredTensor& need(const SafeTensors& content, const std::string& name,
                         const std::filesystem::path& file) {
  const StoredTensor* stored = content.find(name);
  if (stored) return *stored;
  throw Error(ExitStatus::kInput, file.string() + ": holds no tensor '" + name + "'", kAnew);
}

void copy_into(torch::Tensor tensor, const StoredTensor& stored,
               const std::filesystem::path& file) {
  if (!fits(stored, tensor)) {
    throw Error(ExitStatus::kInput, file.string() + ": '" + stored.name + "' does not fit", kAnew);
  }
  tensor.copy_(load_tensor(stored));
}

/// A table of numbers: [rows, columns] float64.
torch::Tensor read_rows(const SafeTensors& content, const std::string& name, std::int64_t columns,
                        const std::filesystem::path& file) {
  const StoredTensor& stored = need(content, name, file);
  if (stored.dtype != "F64" || stored.shape.size() != 2 || stored.shape[1] != columns) {
    throw Error(ExitStatus::kInput, file.string() + ": '" + name + "' does not fit", kAnew);
  }
  return load_tensor(stored);
}

std::vector<LayerSpread> read_spreads(const SafeTensors& content, std::size_t layers,
                                      const std::filesystem::path& file) {
  const auto values = read_rows(content, "spreads", kSpreadColumns, file);
  const double* row = values.data_ptr<double>();
  const auto is_below = [](double value, double bound) { return value >= 0 && value < bound; };
  constexpr double kKinds = 4;
  std::vector<LayerSpread> spreads;
  for (std::int64_t i = 0; i < values.size(0); ++i, row += kSpreadColumns) {
    if (!is_below(row[1], static_cast<double>(layers)) || !is_below(row[2], kKinds)) {
      throw Error(ExitStatus::kInput, file.string() + ": 'spreads' does not fit", kAnew);
    }
    spreads.push_back({static_cast<std::int64_t>(row[0]), static_cast<std::int64_t>(row[1]),
                       static_cast<LayerSpread::Of>(static_cast<int>(row[2])), row[3], row[4],
                       row[5]});
  }
  return spreads;
}

/// Of as many rows as the fit trains on, or of none.
void read_labels(const SafeTensors& content, std::size_t rows, const std::filesystem::path& file,
                 LabelDynamics& dynamics) {
  const auto values = read_rows(content, "labels", kLabelColumns, file);
  const std::size_t expected = dynamics.epochs > 0 ? rows : 0;
  if (static_cast<std::size_t>(values.size(0)) != expected) {
    throw Error(ExitStatus::kInput, file.string() + ": 'labels' does not fit", kAnew);
  }
  const double* row = values.data_ptr<double>();
  for (std::size_t i = 0; i < expected; ++i, row += kLabelColumns) {
    dynamics.margin.push_back(row[0]);
    dynamics.confidence.push_back(row[1]);
    dynamics.variability.push_back(row[2]);
  }
}

std::vector<EpochRecord> read_history(const SafeTensors& content,
                                      const std::filesystem::path& file) {
  const auto values = read_rows(content, "history", kHistoryColumns, file);
  const double* row = values.data_ptr<double>();
  std::vector<EpochRecord> history;
  for (std::int64_t i = 0; i < values.size(0); ++i, row += kHistoryColumns) {
    history.push_back({static_cast<std::int64_t>(row[0]), static_cast<std::int64_t>(row[1]), row[2],
                       row[3], row[4], row[5], row[6], row[7]});
  }
  return history;
}

Outputs read_seen(const SafeTensors& content, const std::filesystem::path& file) {
  const StoredTensor& stored = need(content, "seen", file);
  if (stored.dtype != "F32" || stored.shape.size() != 2) {
    throw Error(ExitStatus::kInput, file.string() + ": 'seen' does not fit", kAnew);
  }
  Outputs seen{0, stored.shape[1], {}};
  append(seen, load_tensor(stored));
  return seen;
}

}  // namespace

CheckpointFile::CheckpointFile(const FitOptions& options, const SupervisedLearner& learner,
                               int processes)
    : options_(options),
      learner_(learner),
      identity_(fit_identity(options, learner, processes)),
      boot_(boot_id()) {}

void CheckpointFile::start_anew() const {
  for (const Durable durable : {Durable::kProcess, Durable::kPowerCut}) {
    std::filesystem::remove(file_of(options_, durable));
  }
}

void CheckpointFile::save(Optimizer& optimizer, WeightAverage& average, const FitState& state,
                          Durable durable) {
  make_folder(options_.checkpoint_folder);
  if (boot_.empty()) durable = Durable::kPowerCut;
  SafeTensors content;
  content.metadata = {{"format", kCheckpointFormat},
                      {"fit", identity_},
                      {"boot", boot_},
                      {"epochs", std::to_string(state.report.history.size())},
                      {"batch", std::to_string(state.batch)},
                      {"steps", std::to_string(optimizer.steps())},
                      {"report", report_json(state).dump()}};
  content.tensors.push_back(store_history(state.report.history));
  content.tensors.push_back(store_spreads(state.report.spreads));
  content.tensors.push_back(store_labels(state.report.label_dynamics));
  const auto named = learner_.named_tensors();
  for (std::size_t i = 0; i < named.size(); ++i) {
    content.tensors.push_back(store_tensor("now." + named[i].first, named[i].second));
    if (state.best.empty()) continue;
    content.tensors.push_back(store_tensor("best." + named[i].first, state.best[i]));
  }
  const auto store_all = [&](const std::string& name, const std::vector<torch::Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      content.tensors.push_back(store_tensor(name + std::to_string(i), tensors[i]));
    }
  };
  store_all("optimizer.", optimizer.state());
  store_all("average.", average.state());
  const auto seen = torch::from_blob(const_cast<float*>(state.seen.values.data()),
                                     {state.seen.rows, state.seen.columns}, torch::kFloat32);
  content.tensors.push_back(store_tensor("seen", seen));
  write_safetensors(file_of(options_, durable), content, durable);
}

std::string CheckpointFile::newest() const {
  std::string newest;
  std::pair<std::int64_t, std::int64_t> place{-1, -1};
  const auto flushed = file_of(options_, Durable::kPowerCut);
  if (std::filesystem::exists(flushed)) {
    newest = read_file(flushed);
    const SafeTensors content = parse_safetensors(newest, flushed);
    if (said(content, "fit") == identity_) place = place_of(content);
  }
  const auto recent = file_of(options_, Durable::kProcess);
  if (!std::filesystem::exists(recent)) return newest;
  std::string bytes = read_file(recent);
  try {
    const SafeTensors content = parse_safetensors(bytes, recent);
    if (said(content, "boot") != boot_) return newest;
    const bool ours = said(content, "fit") == identity_;
    if (newest.empty() || (ours && place_of(content) > place)) return bytes;
  } catch (const Error&) {
    if (newest.empty()) throw;  // else what a power cut left of it: the flushed one goes before
  }
  return newest;
}

FitState CheckpointFile::load(const std::string& bytes, Optimizer& optimizer,
                              WeightAverage& average) const {
  const auto& file = options_.checkpoint_folder;
  const SafeTensors content = parse_safetensors(bytes, file);
  if (said(content, "format") != kCheckpointFormat || said(content, "fit") != identity_) {
    throw Error(ExitStatus::kInput,
                file.string() +
                    ": its checkpoint is of another fit: settings, data, seed or number of "
                    "processes changed",
                kAnew);
  }
  if (!content.checked) throw Error(ExitStatus::kInput, file.string() + ": has no checksum", kAnew);
  torch::NoGradGuard no_grad;
  FitState state;
  try {
    read_report(Json::parse(said(content, "report")), state);
  } catch (const Json::exception& problem) {
    throw Error(ExitStatus::kInput,
                file.string() + ": its record cannot be read: " + problem.what(), kAnew);
  }
  const auto steps = parse_integer(said(content, "steps"));
  if (!steps || *steps < 0) {
    throw Error(ExitStatus::kInput, file.string() + ": holds no number of steps", kAnew);
  }
  optimizer.steps() = *steps;
  state.report.history = read_history(content, file);
  state.report.spreads = read_spreads(content, learner_.network().layers().size(), file);
  read_labels(content, options_.train_rows.size(), file, state.report.label_dynamics);
  state.seen = read_seen(content, file);
  for (const auto& [name, tensor] : learner_.named_tensors()) {
    copy_into(tensor, need(content, "now." + name, file), file);
    if (state.report.history.empty()) continue;
    state.best.push_back(tensor.detach().clone());
    copy_into(state.best.back(), need(content, "best." + name, file), file);
  }
  const auto load_all = [&](const std::string& name, const std::vector<torch::Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      copy_into(tensors[i], need(content, name + std::to_string(i), file), file);
    }
  };
  load_all("optimizer.", optimizer.state());
  load_all("average.", average.state());
  return state;
}

}  // namespace dlwork::training
