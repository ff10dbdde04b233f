#include "training/loss.h"

#include <torch/nn/functional/loss.h>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "dlwork/training/supervised.h"
#include "training/structured_loss.h"
#include "training/triplets.h"

namespace dlwork::training {
namespace {

using torch::Tensor;
namespace F = torch::nn::functional;

Tensor cross_entropy(const Tensor& outputs, const Tensor& targets, const LossSettings& settings) {
  return F::cross_entropy(outputs, targets,
                          F::CrossEntropyFuncOptions()
                              .weight(settings.class_weights)
                              .label_smoothing(settings.label_smoothing));
}
/// The mean of samples' losses, each by the weight of its class.
Tensor mean_by_class(const Tensor& losses, const Tensor& targets, const LossSettings& settings) {
  if (!settings.class_weights.defined()) return losses.mean();
  const auto weights = settings.class_weights.index_select(0, targets);
  return (losses * weights).sum() / weights.sum();
}
Tensor one_against_rest(const Tensor& outputs, const Tensor& targets,
                        const LossSettings& settings) {
  const double spread = settings.label_smoothing / static_cast<double>(outputs.size(1));
  const auto wanted = torch::full_like(outputs, spread)
                          .scatter(1, targets.unsqueeze(1), 1 - settings.label_smoothing + spread);
  return mean_by_class(training::binary_cross_entropy(outputs, wanted), targets, settings);
}
Tensor focal(const Tensor& outputs, const Tensor& targets, const LossSettings& settings) {
  const auto log_p = torch::log_softmax(outputs, 1);
  const auto part = [&](const Tensor& log_share) {
    return -(1 - log_share.exp()).clamp_min(0).pow(settings.focal_gamma) * log_share;
  };
  auto losses = part(log_p.gather(1, targets.unsqueeze(1)).squeeze(1));
  if (settings.label_smoothing > 0) {
    losses = losses.lerp(part(log_p).mean(1), settings.label_smoothing);
  }
  return mean_by_class(losses, targets, settings);
}
/// Of each number by itself: a value a sample, or all of a picture.
Tensor mse(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return torch::mse_loss(outputs.view_as(targets), targets);
}
Tensor absolute_error(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return torch::l1_loss(outputs.view_as(targets), targets);
}
Tensor huber(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return torch::huber_loss(outputs.view_as(targets), targets);
}

Tensor pinball(const Tensor& outputs, const Tensor& targets, const LossSettings& settings) {
  const auto error = targets - outputs.squeeze(1);
  return torch::maximum(settings.quantile * error, (settings.quantile - 1) * error).mean();
}

Tensor triplet(const Tensor& outputs, const Tensor& targets, const LossSettings& settings) {
  return mined_triplet_loss(outputs, targets, settings.triplets);
}

Tensor texture(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return texture_loss(outputs, targets);
}

constexpr char kOneAgainstRest[] = "bce";
constexpr char kNone[] = "";

namespace tasks = spec::tasks;

struct LossRow {
  const char* name;
  const char* tasks[2];
  Tensor (*compute)(const Tensor&, const Tensor&, const LossSettings&);  ///< null: by `ctc_loss`
};
constexpr LossRow kLosses[] = {
    {"cross-entropy", {tasks::classification, kNone}, cross_entropy},
    {kOneAgainstRest, {tasks::classification, kNone}, one_against_rest},
    {"focal", {tasks::classification, kNone}, focal},
    {"mse", {tasks::regression, tasks::super_resolution}, mse},
    {"mae", {tasks::regression, tasks::super_resolution}, absolute_error},
    {"huber", {tasks::regression, tasks::super_resolution}, huber},
    {"quantile", {tasks::regression, kNone}, pinball},
    {"gram", {tasks::super_resolution, kNone}, texture},
    {"triplet", {tasks::similarity, kNone}, triplet},
    {"ctc", {tasks::transcription, kNone}, nullptr}};

const LossRow& find_loss(const std::string& name) {
  for (const LossRow& row : kLosses) {
    if (name == row.name) return row;
  }
  const std::string near = nearest(name, loss_names());
  throw Error(ExitStatus::kUsage, Diagnostic{{},
                                             "training.loss",
                                             "unknown loss '" + name + "'",
                                             (near.empty() ? "" : "did you mean '" + near + "'? ") +
                                                 "known: " + join_words(loss_names())});
}

}  // namespace

LossSettings unweighted(LossSettings settings) {
  settings.label_smoothing = 0;
  settings.class_weights = torch::Tensor();
  return settings;
}

Tensor compute_loss(const std::string& name, const Tensor& outputs, const Tensor& targets,
                    const LossSettings& settings) {
  const LossRow& row = find_loss(name);
  DLWORK_ASSERT(row.compute != nullptr, "texts have more than outputs and targets");
  return row.compute(outputs, targets, settings);
}

torch::Tensor shares_of(const std::string& loss, const torch::Tensor& outputs) {
  return torch::softmax(loss == kOneAgainstRest ? torch::log_sigmoid(outputs) : outputs, -1);
}

torch::Tensor outputs_for(const std::string& loss, const torch::Tensor& shares) {
  constexpr double kLeast = 1e-22;
  const auto log_p = shares.clamp_min(kLeast).log();
  return loss == kOneAgainstRest ? log_p - (1 - shares).clamp_min(kLeast).log() : log_p;
}

std::string uninformed_text(const std::string& loss) {
  return loss == kOneAgainstRest ? "ln 2, each class by itself" : "ln of the number of classes";
}

void check_loss(const std::string& name, const std::string& task) {
  const LossRow& row = find_loss(name);
  if (task != row.tasks[0] && task != row.tasks[1]) {
    throw Error(ExitStatus::kUsage,
                Diagnostic{{}, "training.loss", "'" + name + "' is no loss of " + task, ""});
  }
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const LossRow& row : kLosses) names.emplace_back(row.name);
  return names;
}

}  // namespace dlwork::training
