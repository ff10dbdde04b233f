#include "training/loss.h"

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "dlwork/training/supervised.h"

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
Tensor mse(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return torch::mse_loss(outputs.squeeze(1), targets);
}
Tensor mae(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return torch::l1_loss(outputs.squeeze(1), targets);
}
Tensor huber(const Tensor& outputs, const Tensor& targets, const LossSettings&) {
  return torch::huber_loss(outputs.squeeze(1), targets);
}

struct Row {
  const char* name;
  const char* task;
  Tensor (*compute)(const Tensor&, const Tensor&, const LossSettings&);
};
constexpr Row kLosses[] = {{"cross-entropy", "classification", cross_entropy},
                           {"mse", "regression", mse},
                           {"mae", "regression", mae},
                           {"huber", "regression", huber}};

const Row& find(const std::string& name) {
  for (const Row& row : kLosses) {
    if (name == row.name) return row;
  }
  const std::string near = nearest(name, loss_names());
  throw Error(ExitStatus::kUsage, Diagnostic{{}, "training.loss", "unknown loss '" + name + "'",
                                             (near.empty() ? "" : "did you mean '" + near + "'? ") +
                                                 "known: " + join_words(loss_names())});
}

}  // namespace

Tensor compute_loss(const std::string& name, const Tensor& outputs, const Tensor& targets,
                    const LossSettings& settings) {
  return find(name).compute(outputs, targets, settings);
}

void check_loss(const std::string& name, const std::string& task) {
  if (find(name).task != task) {
    throw Error(ExitStatus::kUsage, Diagnostic{{}, "training.loss", "'" + name + "' is no loss of " + task, ""});
  }
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const Row& row : kLosses) names.emplace_back(row.name);
  return names;
}

}  // namespace dlwork::training
