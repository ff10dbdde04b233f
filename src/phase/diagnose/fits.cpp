#include "phase/diagnose/fits.h"

#include "dlwork/base/files.h"
#include "dlwork/base/machine.h"
#include "phase/training_key.h"

namespace dlwork::phase::diagnose {
namespace {

constexpr char kResult[] = "result.json";
constexpr char kModel[] = "model.safetensors";

Fitted read(const std::filesystem::path& folder) {
  const auto file = folder / kResult;
  const Json json = parse_json(read_file(file), file.string());
  Fitted fitted;
  try {
    fitted.failed = json.at("failed").get<bool>();
    fitted.note = json.at("note").get<std::string>();
    fitted.value = json.at("value").is_null() ? 0 : json.at("value").get<double>();
    fitted.losses = json.at("losses").get<std::vector<double>>();
    fitted.seconds = json.at("seconds").get<double>();
  } catch (const Json::exception& problem) {
    throw Error(ExitStatus::kInput, file.string() + ": not a training's result: " + problem.what(),
                "run dlwork clean to drop cached data");
  }
  fitted.model = folder / kModel;
  return fitted;
}

void write(const Fitted& fitted, const std::string& label, const std::filesystem::path& folder) {
  const Json json = {{"label", label},  // for people that look into the folder
                     {"failed", fitted.failed}, {"note", fitted.note},      {"value", fitted.value},
                     {"losses", fitted.losses}, {"seconds", fitted.seconds}};
  write_file(folder / kResult, json_text(json, 2) + "\n");
}

}  // namespace

bool is_misbuilt(const Error& error) {
  return error.status() == ExitStatus::kUsage ||
         dynamic_cast<const training::FitError*>(&error) != nullptr;
}

std::string misbuilt_text(const Error& error) {
  return "cannot be built: " + error.diagnostics().front().message;
}

std::string train_or_diverge(const std::function<void()>& train) {
  try {
    train();
    return "";
  } catch (const training::FitError& error) {
    if (error.cause() != training::FitError::Cause::kDiverged) throw;
    return error.what();
  }
}

Fits::Fits(Context& context)
    : context_(context), folder_(context.workspace.cache_folder() / "diagnose") {
  if (context.force) std::filesystem::remove_all(folder_);
}

std::string Fits::key_of(const FitPlan& plan) const {
  return training_key(context_, *plan.project,
                      {diagnosed_epochs(*plan.project), plan.seed, &plan.train_rows, plan.variant,
                       plan.on_validation});
}

bool Fits::known(const FitPlan& plan) const {
  return std::filesystem::exists(folder_ / key_of(plan) / kResult);
}

Fitted Fits::run(const FitPlan& plan) {
  const auto folder = folder_ / key_of(plan);
  if (known(plan)) return read(folder);
  make_folder(folder);
  const Fitted fitted = train(plan, folder);
  if (!fitted.built) {
    // Not kept: it is known at once, and memory that was short may be there another time.
    std::filesystem::remove_all(folder);
    return fitted;
  }
  write(fitted, plan.label, folder);
  std::filesystem::remove_all(folder / "checkpoint");
  return fitted;
}

Fitted Fits::train(const FitPlan& plan, const std::filesystem::path& folder) {
  const double start = monotonic_seconds();
  const auto& project = *plan.project;
  const auto& dataset = plan.dataset ? *plan.dataset : context_.dataset();
  Fitted fitted;
  fitted.model = folder / kModel;
  std::unique_ptr<training::Learner> learner;
  try {
    learner = context_.task.make_learner(project, dataset, project.model, plan.seed, context_.run);
  } catch (const Error& error) {
    if (!is_misbuilt(error)) throw;
    fitted.built = false;
    fitted.failed = true;
    fitted.note = misbuilt_text(error);
    return fitted;
  }
  training::FitOptions options;
  options.training = project.training;
  options.training.epochs = diagnosed_epochs(project);
  options.seed = plan.seed;
  options.train_rows = plan.train_rows;
  if (plan.on_validation) options.validation_rows = dataset.part(data::Part::kValidation);
  options.metric = context_.metric();
  options.checkpoint_folder = folder / "checkpoint";
  options.resume = true;  // inside a training that a kill cut short
  options.label = "diagnose: " + plan.label;
  try {
    const auto report = learner->fit(options, context_.run);
    fitted.value = report.best_metric;
    for (const auto& epoch : report.history) fitted.losses.push_back(epoch.train_loss);
    learner->save(fitted.model);
  } catch (const training::FitError& error) {
    fitted.built = error.cause() != training::FitError::Cause::kMemory;
    fitted.failed = true;
    fitted.note = error.what();
  }
  fitted.seconds = monotonic_seconds() - start;
  return fitted;
}

std::unique_ptr<training::Learner> Fits::load(const Fitted& fitted) const {
  return context_.task.load_learner(fitted.model, context_.run);
}

}  // namespace dlwork::phase::diagnose
