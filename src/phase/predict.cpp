#include "phase/predict.h"

#include <filesystem>
#include <numeric>

#include "dlwork/base/files.h"
#include "dlwork/task/task.h"

namespace dlwork::phase {
namespace {

namespace fs = std::filesystem;

Error not_an_ensemble(const fs::path& file) {
  return Error(ExitStatus::kInput, file.string() + ": is not an ensemble written by dlwork",
               "name a .safetensors model or an ensemble.json with --model");
}

/// The models of an ensemble that have a weight.
task::PredictorOptions read_ensemble(const fs::path& file) {
  const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("schema", "") != "dlwork/ensemble/1" ||
      !json.contains("members") || !json["members"].is_array() || json["members"].empty()) {
    throw not_an_ensemble(file);
  }
  task::PredictorOptions options;
  for (const auto& member : json["members"]) {
    if (!member.is_object() || !member.contains("model") || !member["model"].is_string() ||
        !member.contains("weight") || !member["weight"].is_number()) {
      throw not_an_ensemble(file);
    }
    const double weight = member["weight"].get<double>();
    if (weight <= 0) continue;  // a member the ensemble does not use costs no time
    options.models.push_back(file.parent_path() / member["model"].get<std::string>());
    options.weights.push_back(weight);
  }
  if (options.models.empty()) throw not_an_ensemble(file);
  const double total = std::accumulate(options.weights.begin(), options.weights.end(), 0.0);
  for (double& weight : options.weights) weight /= total;
  return options;
}

/// The best the workspace has: the ensemble, else the best trial, else the networks before it.
fs::path best_model(const artefact::Workspace& workspace) {
  if (const auto folder = workspace.latest_folder("ensemble")) return *folder / "ensemble.json";
  for (const char* phase : {"tune", "diagnose", "baseline"}) {
    if (const auto folder = workspace.latest_folder(phase)) return *folder / "model.safetensors";
  }
  throw Error(ExitStatus::kInput, workspace.folder().string() + ": holds no trained network",
              "run `dlwork run` first, or name a model with --model");
}

bool wants_json_lines(const PredictOptions& options) {
  if (!options.format.empty()) return options.format == "jsonl";
  return fs::path(options.output).extension() == ".jsonl";
}

}  // namespace

std::int64_t predict_file(const artefact::Workspace& workspace, const PredictOptions& options,
                          RunContext& run) {
  const fs::path file = options.model.empty() ? best_model(workspace) : fs::path(options.model);
  task::PredictorOptions asked =
      file.extension() == ".json" ? read_ensemble(file) : task::PredictorOptions{{file}, {1}, ""};
  asked.input = options.input;
  const task::Task& task = task::task_of_model(asked.models.front());
  const auto predictor = task.make_predictor(asked, run);
  using Form = task::Predictor::Form;
  const Form form = wants_json_lines(options) ? Form::kJsonLines : Form::kCsv;
  AtomicFile sink(options.output);  // a device such as /dev/stdout is written as it is
  if (form == Form::kCsv) sink.write(predictor->header());
  std::int64_t count = 0;
  for (std::string text;; text.clear()) {
    if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "predict: stopped");
    const std::int64_t more = predictor->next(form, text);
    if (more == 0) break;
    sink.write(text);
    count += more;
    run.reporter.progress({"predict", static_cast<double>(count), 0, "samples", ""});
  }
  run.reporter.progress_done();
  sink.commit();
  return count;
}

}  // namespace dlwork::phase
