#include "training/supervised_learner.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/text.h"
#include "dlwork/spec/task_names.h"
#include "model/shape_rules.h"
#include "training/batch_size.h"
#include "training/memory.h"
#include "training/runner.h"

namespace dlwork::training {
namespace {

/// New samples have no targets, and then there is no loss.
enum class Targets { kKnown, kUnknown };

/// One answer a sample: what is said of each step is for other tasks.
void check_answer(const model::PlannedLayer& last) {
  if (last.output.size() == 1) return;
  model::misfit(last, "answers each step, and the task asks for one answer a sample",
                "take each_step out");
}

double run_through(Runner& runner, Batches& batches, const std::vector<std::int64_t>& rows,
                   std::int64_t at_once, Targets targets, Outputs& outputs) {
  const auto total = static_cast<std::int64_t>(rows.size());
  outputs.values.reserve(outputs.values.size() + rows.size() * outputs.columns);
  double sum = 0;
  for (std::int64_t begin = 0; begin < total; begin += at_once) {
    const std::int64_t count = std::min(at_once, total - begin);
    runner.gather(
        {batches, rows.data() + begin, count, nullptr, nullptr, targets == Targets::kKnown});
    sum += runner.forward(model::Network::Mode::kEvaluate, 0) * static_cast<double>(count);
    runner.append_outputs(outputs);
  }
  return sum / static_cast<double>(std::max<std::int64_t>(1, total));
}

}  // namespace

data::Categories categories_for(const std::vector<spec::LayerSpec>& layers) {
  const bool codes =
      !layers.empty() && std::holds_alternative<spec::Embedding>(layers.front().options);
  return codes ? data::Categories::kCodes : data::Categories::kOneHot;
}

void append(Outputs& outputs, const torch::Tensor& decoded) {
  const auto plain = decoded.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const float* data = plain.data_ptr<float>();
  outputs.rows += plain.size(0);
  outputs.columns = plain.size(1);
  outputs.values.insert(outputs.values.end(), data, data + plain.numel());
}

std::unique_ptr<Learner> make_supervised(SupervisedProblem problem, RunContext& run) {
  check_loss(problem.loss, problem.coding.task);
  Blueprint blueprint;
  blueprint.preprocessor = data::Preprocessor::fit(problem.dataset->samples, problem.fit_rows,
                                                   categories_for(problem.layers), problem.reduce);
  blueprint.layers = std::move(problem.layers);
  blueprint.coding = std::move(problem.coding);
  blueprint.loss = std::move(problem.loss);
  blueprint.missing_tokens = std::move(problem.missing_tokens);
  blueprint.separator = std::move(problem.separator);
  blueprint.seed = problem.seed;
  const auto& shape = blueprint.preprocessor.shape();
  const auto plan = model::plan_layers(blueprint.layers, shape, blueprint.coding.outputs());
  check_memory(memory_need(plan, shape), 1, available_memory_bytes(torch::Device(run.device)));
  return std::make_unique<SupervisedLearner>(std::move(blueprint), problem.dataset, run);
}

SupervisedLearner::SupervisedLearner(Blueprint blueprint, const data::Dataset* dataset,
                                     const RunContext& run)
    : blueprint_(std::move(blueprint)),
      dataset_(dataset),
      device_(run.device),
      network_(blueprint_.layers, blueprint_.preprocessor.shape(), blueprint_.coding.outputs(),
               blueprint_.seed) {
  check_answer(network_.layers().back());
  network_.to(device_);
}

const data::Dataset& SupervisedLearner::dataset() const {
  DLWORK_ASSERT(dataset_ != nullptr, "a network read from a file has no training data");
  return *dataset_;
}

LossSettings SupervisedLearner::loss_settings(const spec::Training& training,
                                              const std::vector<std::int64_t>& rows) const {
  LossSettings settings;
  settings.label_smoothing = training.label_smoothing;
  settings.focal_gamma = training.focal_gamma;
  settings.quantile = training.quantile;
  if (training.class_weights != "balanced" || blueprint_.coding.classes.empty()) return settings;
  // n / (K n_k), scikit-learn's "balanced": the mean weight over samples is 1.
  std::vector<float> counts(blueprint_.coding.classes.size(), 0);
  for (const auto row : rows) counts[dataset().samples.target.codes[row]] += 1;
  auto weights = torch::empty({static_cast<std::int64_t>(counts.size())}, torch::kFloat32);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    weights[static_cast<std::int64_t>(c)] =
        counts[c] > 0
            ? static_cast<float>(rows.size()) / (static_cast<float>(counts.size()) * counts[c])
            : 0.0f;
  }
  settings.class_weights = weights.to(device_);
  return settings;
}

torch::Tensor SupervisedLearner::decode(const torch::Tensor& outputs) const {
  if (blueprint_.coding.task == spec::tasks::regression) {
    return outputs * blueprint_.coding.deviation + blueprint_.coding.mean;
  }
  return shares_of(blueprint_.loss, outputs);
}

Outputs SupervisedLearner::predict(const data::Samples& samples,
                                   const std::vector<std::int64_t>& rows) {
  Batches batches(samples, blueprint_.preprocessor, blueprint_.coding, device_);
  const auto runner = make_runner(*this, {});
  Outputs outputs{0, blueprint_.coding.outputs(), {}};
  run_through(*runner, batches, rows, evaluation_batch(*this), Targets::kUnknown, outputs);
  return outputs;
}

std::vector<torch::Tensor> copies(const SupervisedLearner& learner) {
  std::vector<torch::Tensor> all;
  for (const auto& [name, tensor] : learner.named_tensors()) all.push_back(tensor.detach().clone());
  return all;
}

void put_back(const SupervisedLearner& learner, const std::vector<torch::Tensor>& held) {
  torch::NoGradGuard no_grad;
  std::size_t i = 0;
  for (auto [name, tensor] : learner.named_tensors()) tensor.copy_(held[i++]);
}

double evaluate(Runner& runner, Batches& batches, const std::vector<std::int64_t>& rows,
                std::int64_t at_once, Outputs& outputs) {
  return run_through(runner, batches, rows, at_once, Targets::kKnown, outputs);
}

}  // namespace dlwork::training
