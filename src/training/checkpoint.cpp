#include "training/fit.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/files.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/text.h"
#include "training/safetensors.h"

namespace dlwork::training {
namespace {

constexpr char kCheckpointFormat[] = "dlwork/checkpoint/3";
constexpr char kAnew[] = "run without --resume to start anew";

std::filesystem::path file_of(const FitOptions& options) {
  return options.checkpoint_folder / "fit.safetensors";
}

/// What a checkpoint must agree on with the fit that goes on from it. Epochs are left out of what
/// must be equal where the schedule is not stretched over them, so that a longer fit may go on.
std::string fit_identity(const FitOptions& options, const SupervisedLearner& learner) {
  const auto& training = options.training;
  Hasher hasher;
  hasher.add(layers_text(learner.blueprint().layers));
  spec::Project project;
  project.training = training;
  Json settings = spec::dump_json(project).at("training");
  const bool stretched = training.schedule == "one-cycle" || training.schedule == "cosine" ||
                         training.averaging.method == "swa";
  if (!stretched) settings.erase("epochs");
  for (const char* key : {"early_stopping", "checkpoint_every", "loss"}) settings.erase(key);
  hasher.add(settings.dump()).add(options.metric).add(learner.blueprint().loss);
  hasher.add(&options.seed, sizeof options.seed);
  for (const auto* rows : {&options.train_rows, &options.validation_rows}) {
    const std::uint64_t count = rows->size();
    hasher.add(&count, sizeof count).add(rows->data(), count * sizeof(std::int64_t));
  }
  return hasher.hex();
}

Json report_json(const FitState& state) {
  Json history = Json::array();
  for (const auto& e : state.report.history) {
    history.push_back({e.epoch, e.steps, e.train_loss, e.train_metric, e.validation_loss,
                       e.validation_metric, e.learning_rate, e.seconds});
  }
  return {{"history", history},
          {"best_epoch", state.report.best_epoch},
          {"best_metric", state.report.best_metric},
          {"since_best", state.epochs_since_best},
          {"seconds", state.report.seconds},
          {"batch", state.batch},
          {"loss_sum", state.loss_sum},
          {"augment", state.augment}};
}

/// JSON keeps numbers that are not finite as null.
double number(const Json& json) { return json.is_number() ? json.get<double>() : std::nan(""); }

void read_report(const Json& json, FitState& state) {
  for (const auto& e : json.at("history")) {
    state.report.history.push_back({e.at(0).get<std::int64_t>(), e.at(1).get<std::int64_t>(),
                                    number(e.at(2)), number(e.at(3)), number(e.at(4)),
                                    number(e.at(5)), number(e.at(6)), number(e.at(7))});
  }
  state.report.best_epoch = json.at("best_epoch").get<std::int64_t>();
  state.report.best_metric = number(json.at("best_metric"));
  state.report.seconds = number(json.at("seconds"));
  state.epochs_since_best = json.at("since_best").get<std::int64_t>();
  state.batch = std::max<std::int64_t>(0, json.at("batch").get<std::int64_t>());
  state.loss_sum = number(json.at("loss_sum"));
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

void save_checkpoint(const FitOptions& options, const SupervisedLearner& learner,
                     Optimizer& optimizer, WeightAverage& average, const FitState& state) {
  make_folder(options.checkpoint_folder);
  SafeTensors content;
  content.metadata = {{"format", kCheckpointFormat},
                      {"fit", fit_identity(options, learner)},
                      {"steps", std::to_string(optimizer.steps())},
                      {"report", report_json(state).dump()}};
  const auto named = learner.named_tensors();
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
  write_safetensors(file_of(options), content);
}

std::optional<FitState> load_checkpoint(const FitOptions& options, const SupervisedLearner& learner,
                                        Optimizer& optimizer, WeightAverage& average) {
  const auto file = file_of(options);
  if (!std::filesystem::exists(file)) return std::nullopt;
  const SafeTensors content = read_safetensors(file);
  const auto said = [&](const char* key) {
    const auto found = content.metadata.find(key);
    return found == content.metadata.end() ? std::string() : found->second;
  };
  if (said("format") != kCheckpointFormat || said("fit") != fit_identity(options, learner)) {
    throw Error(ExitStatus::kInput,
                file.string() + ": is of another fit: settings, data or seed changed", kAnew);
  }
  torch::NoGradGuard no_grad;
  FitState state;
  try {
    read_report(Json::parse(said("report")), state);
  } catch (const Json::exception& problem) {
    throw Error(ExitStatus::kInput,
                file.string() + ": its record cannot be read: " + problem.what(), kAnew);
  }
  const auto steps = parse_integer(said("steps"));
  if (!steps || *steps < 0) {
    throw Error(ExitStatus::kInput, file.string() + ": holds no number of steps", kAnew);
  }
  optimizer.steps() = *steps;
  state.seen = read_seen(content, file);
  for (const auto& [name, tensor] : learner.named_tensors()) {
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
