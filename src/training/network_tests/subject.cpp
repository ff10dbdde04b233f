#include "training/network_tests/subject.h"

#include <numeric>

namespace dlwork::training {

Subject::Subject(std::unique_ptr<SupervisedLearner> learner, const FitOptions& options,
                 RunContext& run)
    : run_(run),
      learner_(std::move(learner)),
      training_(options.training),
      batches_(learner_->dataset().samples, learner_->blueprint().preprocessor,
               learner_->blueprint().coding, learner_->device()) {
  training_.label_smoothing = 0;
  settings_ = learner_->loss_settings(training_, options.train_rows);
}

model::Inputs Subject::inputs(const Rows& rows) {
  return batches_.inputs(rows.data(), static_cast<std::int64_t>(rows.size()))
      .mapped([](const torch::Tensor& x) { return x.clone(); });
}

torch::Tensor Subject::targets(const Rows& rows) {
  if (target_of_.empty()) {
    return batches_.targets(rows.data(), static_cast<std::int64_t>(rows.size()));
  }
  Rows others;
  for (const auto row : rows) others.push_back(target_of_[row]);
  return batches_.targets(others.data(), static_cast<std::int64_t>(others.size()));
}

void Subject::shuffle_targets(const Rows& rows, std::uint64_t seed) {
  if (target_of_.empty()) {
    target_of_.resize(learner_->dataset().samples.count);
    std::iota(target_of_.begin(), target_of_.end(), 0);
  }
  Rows shuffled = rows;
  Rng(seed, "shuffled targets").shuffle(shuffled);
  for (std::size_t i = 0; i < rows.size(); ++i) target_of_[rows[i]] = shuffled[i];
}

TrainStep& Subject::step() {
  if (!step_) step_ = make_step(training_, settings_);
  return *step_;
}

std::unique_ptr<TrainStep> Subject::make_step(const spec::Training& training,
                                              const LossSettings& settings) {
  return std::make_unique<TrainStep>(learner(), training, settings);
}

torch::Tensor Subject::outputs(const model::Inputs& inputs) {
  torch::NoGradGuard no_grad;
  return network().forward(inputs);
}

torch::Tensor Subject::loss(const torch::Tensor& outputs, const torch::Tensor& targets) {
  LossSettings settings = settings_;
  if (settings.class_weights.defined()) {
    settings.class_weights = settings.class_weights.to(outputs.dtype());
  }
  return compute_loss(learner().blueprint().loss, outputs, targets, settings);
}

Outputs Subject::predict(const Rows& rows) {
  return learner().predict(learner().dataset().samples, rows);
}

std::unique_ptr<Runner> Subject::runner(RunnerChoice choice) {
  step();
  return make_runner(learner(), settings_, choice);
}

std::unique_ptr<Learner> Subject::reload(const std::filesystem::path& file) {
  learner().save(file);
  return load_model(file, run_).learner;
}

}  // namespace dlwork::training
