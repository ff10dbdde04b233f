#include "phase/predict.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/training/supervised.h"
#include "phase/ensemble/average.h"

namespace dlwork::phase {
namespace {

namespace fs = std::filesystem;

/// Samples held at a time, so that memory does not grow with the input.
constexpr std::int64_t kChunk = 2048;

struct Predictor {
  std::vector<training::LoadedModel> models;
  std::vector<double> weights;
  const training::TargetCoding& coding() const { return models.front().coding; }
};

Error not_an_ensemble(const fs::path& file) {
  return Error(ExitStatus::kInput, file.string() + ": is not an ensemble written by dlwork",
               "name a .safetensors model or an ensemble.json with --model");
}

Predictor load_ensemble(const fs::path& file, RunContext& run) {
  const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("schema", "") != "dlwork/ensemble/1" ||
      !json.contains("members") || !json["members"].is_array() || json["members"].empty()) {
    throw not_an_ensemble(file);
  }
  Predictor predictor;
  for (const auto& member : json["members"]) {
    if (!member.is_object() || !member.contains("model") || !member["model"].is_string() ||
        !member.contains("weight") || !member["weight"].is_number()) {
      throw not_an_ensemble(file);
    }
    const double weight = member["weight"].get<double>();
    if (weight <= 0) continue;  // a member the ensemble does not use costs no time
    predictor.models.push_back(
        training::load_model(file.parent_path() / member["model"].get<std::string>(), run));
    predictor.weights.push_back(weight);
  }
  if (predictor.models.empty()) throw not_an_ensemble(file);
  const double total = std::accumulate(predictor.weights.begin(), predictor.weights.end(), 0.0);
  for (double& weight : predictor.weights) weight /= total;
  return predictor;
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

Predictor load_predictor(const fs::path& file, RunContext& run) {
  if (file.extension() == ".json") return load_ensemble(file, run);
  Predictor predictor;
  predictor.models.push_back(training::load_model(file, run));
  predictor.weights.push_back(1);
  return predictor;
}

training::Outputs predict_chunk(Predictor& predictor, const data::Samples& samples) {
  std::vector<std::int64_t> rows(samples.count);
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<training::Outputs> outputs;
  for (auto& model : predictor.models) outputs.push_back(model.learner->predict(samples, rows));
  return average(outputs, predictor.weights);
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string csv_header(const training::TargetCoding& coding) {
  std::string line = "source,prediction";
  for (const std::string& name : coding.classes) line += "," + csv_cell("p_" + name);
  return line + "\n";
}

/// What a sample's outputs mean: the class and its probabilities, or the value.
void write_sample(const training::TargetCoding& coding, bool json_lines, const std::string& source,
                  const float* outputs, std::string& text) {
  const bool classes = !coding.classes.empty();
  const auto best = classes ? std::max_element(outputs, outputs + coding.outputs()) - outputs : 0;
  if (json_lines) {
    Json line = {{"source", source}};
    line["prediction"] = classes ? Json(coding.classes[best]) : Json(outputs[0]);
    for (std::size_t c = 0; c < coding.classes.size(); ++c) {
      line["probabilities"][coding.classes[c]] = outputs[c];
    }
    text += line.dump() + "\n";
    return;
  }
  text += csv_cell(source) + ",";
  text += classes ? csv_cell(coding.classes[best]) : number_text(outputs[0]);
  for (std::size_t c = 0; c < coding.classes.size(); ++c) text += "," + pretty_number(outputs[c], 6);
  text += "\n";
}

bool wants_json_lines(const PredictOptions& options) {
  if (!options.format.empty()) return options.format == "jsonl";
  return fs::path(options.output).extension() == ".jsonl";
}

}  // namespace

std::int64_t predict_file(const artefact::Workspace& workspace, const PredictOptions& options,
                          RunContext& run) {
  const fs::path file = options.model.empty() ? best_model(workspace) : fs::path(options.model);
  Predictor predictor = load_predictor(file, run);
  const auto& first = predictor.models.front();
  data::InputStream input(options.input, first.preprocessor, first.missing_tokens);
  const bool json_lines = wants_json_lines(options);
  AtomicFile sink(options.output);  // a device such as /dev/stdout is written as it is
  if (!json_lines) sink.write(csv_header(predictor.coding()));
  std::int64_t count = 0;
  while (const auto samples = input.next(kChunk)) {
    if (run.stop.requested()) throw Error(ExitStatus::kInterrupted, "predict: stopped");
    const auto outputs = predict_chunk(predictor, *samples);
    std::string text;
    for (std::int64_t i = 0; i < samples->count; ++i) {
      write_sample(predictor.coding(), json_lines, samples->where(i), outputs.row(i), text);
    }
    sink.write(text);
    count += samples->count;
    run.reporter.progress({"predict", static_cast<double>(count), 0, "samples", ""});
  }
  run.reporter.progress_done();
  sink.commit();
  return count;
}

}  // namespace dlwork::phase
