#include "training/supervised_learner.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/machine.h"
#include "dlwork/base/text.h"

namespace dlwork::training {
namespace {

/// Samples a forward pass takes at once when nothing is learned.
constexpr std::int64_t kEvaluationBatch = 512;

bool needs_codes(const std::vector<spec::LayerSpec>& layers) {
  return !layers.empty() && std::holds_alternative<spec::Embedding>(layers.front().options);
}

/// Training holds the weights, their gradients and up to two moments, and the best weights.
void check_memory(const Blueprint& blueprint) {
  const auto& shape = blueprint.preprocessor.shape();
  const auto count = model::parameter_count(
      model::plan_layers(blueprint.layers, shape, blueprint.coding.outputs()), shape);
  const std::uint64_t bytes = 5 * sizeof(float) * static_cast<std::uint64_t>(count);
  if (bytes <= usable_memory_bytes()) return;
  throw Error(ExitStatus::kRuntime,
              "the network has " + grouped(count) + " parameters, whose training takes " +
                  pretty_bytes(bytes) + "; this machine has " + pretty_bytes(usable_memory_bytes()),
              "make its layers smaller, or pool before the first linear layer");
}

}  // namespace

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
  blueprint.preprocessor = data::Preprocessor::fit(
      problem.dataset->samples, problem.fit_rows,
      needs_codes(problem.layers) ? data::Categories::kCodes : data::Categories::kOneHot);
  blueprint.layers = std::move(problem.layers);
  blueprint.coding = std::move(problem.coding);
  blueprint.loss = std::move(problem.loss);
  blueprint.missing_tokens = std::move(problem.missing_tokens);
  blueprint.seed = problem.seed;
  check_memory(blueprint);
  return std::make_unique<SupervisedLearner>(std::move(blueprint), problem.dataset, run);
}

SupervisedLearner::SupervisedLearner(Blueprint blueprint, const data::Dataset* dataset,
                                     const RunContext& run)
    : blueprint_(std::move(blueprint)),
      dataset_(dataset),
      device_(run.device),
      network_(blueprint_.layers, blueprint_.preprocessor.shape(), blueprint_.coding.outputs(),
               blueprint_.seed) {
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
  if (training.class_weights != "balanced" || blueprint_.coding.classes.empty()) return settings;
  // n / (K n_k), scikit-learn's "balanced": the mean weight over samples is 1.
  std::vector<float> counts(blueprint_.coding.classes.size(), 0);
  for (const auto row : rows) counts[dataset().samples.target.codes[row]] += 1;
  auto weights = torch::empty({static_cast<std::int64_t>(counts.size())}, torch::kFloat32);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    weights[static_cast<std::int64_t>(c)] =
        counts[c] > 0 ? static_cast<float>(rows.size()) / (static_cast<float>(counts.size()) * counts[c]) : 0.0f;
  }
  settings.class_weights = weights.to(device_);
  return settings;
}

torch::Tensor SupervisedLearner::decode(const torch::Tensor& outputs) const {
  if (blueprint_.coding.task == "regression") {
    return outputs * blueprint_.coding.deviation + blueprint_.coding.mean;
  }
  return torch::softmax(outputs, 1);
}

Outputs SupervisedLearner::predict(const data::Samples& samples,
                                   const std::vector<std::int64_t>& rows) {
  torch::NoGradGuard no_grad;
  network_.set_mode(model::Network::Mode::kEvaluate);
  Batches batches(samples, blueprint_.preprocessor, blueprint_.coding, device_);
  Outputs outputs{0, blueprint_.coding.outputs(), {}};
  outputs.values.reserve(rows.size() * outputs.columns);
  const auto total = static_cast<std::int64_t>(rows.size());
  for (std::int64_t begin = 0; begin < total; begin += kEvaluationBatch) {
    const std::int64_t count = std::min(kEvaluationBatch, total - begin);
    append(outputs, decode(network_.forward(batches.inputs(rows.data() + begin, count))));
  }
  return outputs;
}

double SupervisedLearner::evaluate(Batches& batches, const std::vector<std::int64_t>& rows,
                                   const LossSettings& settings, Outputs& outputs) {
  torch::NoGradGuard no_grad;
  network_.set_mode(model::Network::Mode::kEvaluate);
  double sum = 0;
  const auto total = static_cast<std::int64_t>(rows.size());
  for (std::int64_t begin = 0; begin < total; begin += kEvaluationBatch) {
    const std::int64_t count = std::min(kEvaluationBatch, total - begin);
    const auto raw = network_.forward(batches.inputs(rows.data() + begin, count));
    sum += compute_loss(blueprint_.loss, raw, batches.targets(rows.data() + begin, count), settings)
               .item<double>() * static_cast<double>(count);
    append(outputs, decode(raw));
  }
  return sum / static_cast<double>(std::max<std::int64_t>(1, total));
}

std::vector<LayerReport> SupervisedLearner::inspect(const std::vector<std::int64_t>& rows) {
  const auto count = std::min<std::int64_t>(128, static_cast<std::int64_t>(rows.size()));
  Batches batches(dataset().samples, blueprint_.preprocessor, blueprint_.coding, device_);
  network_.set_mode(model::Network::Mode::kEvaluate);
  std::vector<LayerReport> reports;
  for (const auto& layer : network_.layers()) {
    LayerReport report;
    report.name = layer.name;
    report.output = model::to_text(layer.output);
    reports.push_back(report);
  }
  const auto outputs = network_.forward(
      batches.inputs(rows.data(), count), [&](std::size_t layer, const torch::Tensor& value) {
        const auto seen = value.detach().to(torch::kFloat32);
        reports[layer].activation_mean = seen.mean().item<double>();
        reports[layer].activation_deviation = seen.std(/*unbiased=*/false).item<double>();
        reports[layer].zero_fraction = (seen == 0).to(torch::kFloat32).mean().item<double>();
      });
  for (auto [name, parameter] : network_.parameters()) {
    if (parameter.grad().defined()) parameter.mutable_grad().zero_();
  }
  compute_loss(blueprint_.loss, outputs, batches.targets(rows.data(), count), {}).backward();
  for (std::size_t i = 0; i < reports.size(); ++i) {
    double squares = 0, sum = 0;
    for (const auto& parameter : network_.parameters_of(i)) {
      reports[i].parameters += parameter.numel();
      if (!parameter.grad().defined()) continue;
      squares += parameter.grad().square().sum().item<double>();
      sum += parameter.grad().sum().item<double>();
    }
    if (reports[i].parameters == 0) continue;
    const auto n = static_cast<double>(reports[i].parameters);
    reports[i].gradient_deviation = std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n)));
  }
  return reports;
}

}  // namespace dlwork::training
