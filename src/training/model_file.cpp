#include "training/supervised_learner.h"

#include <cstring>
#include <memory>

#include "dlwork/base/json.h"
#include "dlwork/base/version.h"
#include "dlwork/spec/project.h"
#include "training/own_model.h"

namespace dlwork::training {
namespace {

constexpr char kModelFormat[] = "dlwork/model/1";
constexpr char kOwnFormat[] = "dlwork/own-model/1";

}  // namespace

[[noreturn]] void not_a_model(const std::filesystem::path& file, const std::string& why) {
  throw Error(ExitStatus::kInput, file.string() + ": is not a model file of dlwork: " + why,
              "name a model.safetensors that a dlwork run left");
}

namespace {

const char* dtype_name(const torch::Tensor& tensor) {
  if (tensor.dtype() == torch::kFloat32) return "F32";
  if (tensor.dtype() == torch::kFloat64) return "F64";
  DLWORK_ASSERT(tensor.dtype() == torch::kInt64, "networks hold float32, float64 and int64 alone");
  return "I64";
}

Json coding_json(const TargetCoding& coding) {
  return {{"task", coding.task},
          {"name", coding.name},
          {"classes", coding.classes},
          {"mean", coding.mean},
          {"deviation", coding.deviation}};
}

TargetCoding coding_from(const Json& json) {
  TargetCoding coding;
  json.at("task").get_to(coding.task);
  json.at("name").get_to(coding.name);
  json.at("classes").get_to(coding.classes);
  json.at("mean").get_to(coding.mean);
  json.at("deviation").get_to(coding.deviation);
  return coding;
}

Blueprint blueprint_from(const SafeTensors& content) {
  const Json json = Json::parse(content.metadata.at("blueprint"));
  Blueprint blueprint;
  blueprint.layers = layers_from_text(json.at("layers").get<std::string>());
  blueprint.preprocessor = data::Preprocessor::from_json(json.at("preprocessing"));
  blueprint.coding = coding_from(json.at("coding"));
  json.at("loss").get_to(blueprint.loss);
  json.at("missing_tokens").get_to(blueprint.missing_tokens);
  // Files written before it was kept have none.
  blueprint.separator = json.value("separator", blueprint.separator);
  json.at("seed").get_to(blueprint.seed);
  return blueprint;
}

/// The network's size is worked out before it is made: the file claims it, and must hold it.
void check_size(const std::filesystem::path& file, const Blueprint& blueprint,
                const SafeTensors& content) {
  const auto& shape = blueprint.preprocessor.shape();
  const std::int64_t needed = model::parameter_count(
      model::plan_layers(blueprint.layers, shape, blueprint.coding.outputs()), shape);
  std::size_t held = 0;
  for (const auto& tensor : content.tensors) held += tensor.bytes.size();
  if (held / sizeof(float) < static_cast<std::size_t>(needed)) {
    not_a_model(file, "its layers need " + std::to_string(needed) + " weights, more than it holds");
  }
}

}  // namespace

StoredTensor store_tensor(const std::string& name, const torch::Tensor& tensor) {
  const auto plain =
      std::make_shared<const torch::Tensor>(tensor.detach().to(torch::kCPU).contiguous());
  return {name,
          dtype_name(*plain),
          plain->sizes().vec(),
          {static_cast<const char*>(plain->data_ptr()), plain->nbytes()},
          plain};
}

torch::Tensor load_tensor(const StoredTensor& stored) {
  const auto type = stored.dtype == "F32"   ? torch::kFloat32
                    : stored.dtype == "F64" ? torch::kFloat64
                    : stored.dtype == "I64" ? torch::kInt64
                                            : torch::kUInt8;
  auto tensor = torch::empty(stored.shape, torch::TensorOptions().dtype(type));
  if (!stored.bytes.empty())
    std::memcpy(tensor.data_ptr(), stored.bytes.data(), stored.bytes.size());
  return tensor;
}

bool fits(const StoredTensor& stored, const torch::Tensor& tensor) {
  return stored.dtype == dtype_name(tensor) && tensor.sizes() == torch::IntArrayRef(stored.shape);
}

std::string layers_text(const std::vector<spec::LayerSpec>& layers) {
  spec::Project project;
  project.model.layers = layers;
  return spec::dump_json(project).at("model").dump();
}

std::vector<spec::LayerSpec> layers_from_text(const std::string& text) {
  // The project reader is the one reader of layers; JSON is YAML.
  return spec::read_project("data: {train: none}\nmodel: " + text + "\n", "model file", {})
      .model.layers;
}

std::vector<std::pair<std::string, torch::Tensor>> SupervisedLearner::named_tensors() const {
  auto all = network_.parameters();
  const auto buffers = network_.buffers();
  all.insert(all.end(), buffers.begin(), buffers.end());
  return all;
}

void SupervisedLearner::save(const std::filesystem::path& file) {
  const Json blueprint = {{"layers", layers_text(blueprint_.layers)},
                          {"preprocessing", blueprint_.preprocessor.to_json()},
                          {"coding", coding_json(blueprint_.coding)},
                          {"loss", blueprint_.loss},
                          {"missing_tokens", blueprint_.missing_tokens},
                          {"separator", blueprint_.separator},
                          {"seed", blueprint_.seed}};
  SafeTensors content;
  content.metadata = {
      {"format", kModelFormat}, {"dlwork", version()}, {"blueprint", blueprint.dump()}};
  for (const auto& [name, tensor] : named_tensors())
    content.tensors.push_back(store_tensor(name, tensor));
  write_safetensors(file, content);
}

std::string task_of_model_file(const std::filesystem::path& file) {
  const SafeTensors content = read_safetensors(file);
  const auto said = [&](const char* key) {
    const auto found = content.metadata.find(key);
    return found == content.metadata.end() ? std::string() : found->second;
  };
  if (said("format") == kOwnFormat && !said("task").empty()) return said("task");
  if (said("format") != kModelFormat) {
    not_a_model(file, "its metadata do not say " + std::string(kModelFormat));
  }
  try {
    return Json::parse(said("blueprint")).at("coding").at("task").get<std::string>();
  } catch (const Json::exception& problem) {
    not_a_model(file, problem.what());
  }
}

void write_own_model(const std::filesystem::path& file, const std::string& task,
                     const Json& blueprint, const NamedTensors& tensors) {
  SafeTensors content;
  content.metadata = {{"format", kOwnFormat},
                      {"dlwork", version()},
                      {"task", task},
                      {"blueprint", blueprint.dump()}};
  for (const auto& [name, tensor] : tensors) content.tensors.push_back(store_tensor(name, tensor));
  write_safetensors(file, content);
}

OwnModel read_own_model(const std::filesystem::path& file, const std::string& task) {
  SafeTensors content = read_safetensors(file);
  const auto& metadata = content.metadata;
  const auto is = [&](const char* key, const std::string& value) {
    const auto found = metadata.find(key);
    return found != metadata.end() && found->second == value;
  };
  if (!is("format", kOwnFormat) || !is("task", task) || metadata.count("blueprint") == 0) {
    not_a_model(file, "it is not one of the task " + task);
  }
  OwnModel model;
  model.blueprint = Json::parse(metadata.at("blueprint"), nullptr, /*allow_exceptions=*/false);
  if (!model.blueprint.is_object()) not_a_model(file, "its blueprint cannot be read");
  model.content = std::move(content);
  return model;
}

void OwnModel::fill(const std::filesystem::path& file, const NamedTensors& tensors) const {
  const torch::NoGradGuard no_grad;
  for (auto [name, tensor] : tensors) {
    const StoredTensor* stored = content.find(name);
    if (!stored) not_a_model(file, "it lacks the weights '" + name + "'");
    if (!fits(*stored, tensor)) not_a_model(file, "'" + name + "' does not fit");
    tensor.copy_(load_tensor(*stored));
  }
}

LoadedModel load_model(const std::filesystem::path& file, RunContext& run) {
  const SafeTensors content = read_safetensors(file);
  const auto format = content.metadata.find("format");
  if (format == content.metadata.end() || format->second != kModelFormat) {
    not_a_model(file, "its metadata do not say " + std::string(kModelFormat));
  }
  std::unique_ptr<SupervisedLearner> learner;
  try {
    Blueprint blueprint = blueprint_from(content);
    check_size(file, blueprint, content);
    learner = std::make_unique<SupervisedLearner>(std::move(blueprint), nullptr, run);
  } catch (const Json::exception& problem) {
    not_a_model(file, problem.what());
  } catch (const std::out_of_range& problem) {
    not_a_model(file, problem.what());
  } catch (const Error& problem) {
    not_a_model(file, problem.what());
  }
  torch::NoGradGuard no_grad;
  for (auto [name, tensor] : learner->named_tensors()) {
    const StoredTensor* stored = content.find(name);
    if (!stored) not_a_model(file, "it lacks the weights '" + name + "'");
    if (!fits(*stored, tensor)) not_a_model(file, "'" + name + "' does not fit its layer");
    tensor.copy_(load_tensor(*stored));
  }
  LoadedModel model;
  model.coding = learner->blueprint().coding;
  model.preprocessor = learner->blueprint().preprocessor;
  model.missing_tokens = learner->blueprint().missing_tokens;
  model.separator = learner->blueprint().separator;
  model.learner = std::move(learner);
  return model;
}

}  // namespace dlwork::training
