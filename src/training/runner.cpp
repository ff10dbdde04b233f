#include "training/runner.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <optional>

#include "dlwork/spec/task_names.h"
#include "model/dropout.h"
#include "model/plan/kernels.h"
#include "model/plan/plan.h"
#include "training/autograd_runner.h"
#include "training/graph_runner.h"

namespace dlwork::training {
namespace {

using model::Network;

/// The network and cross-entropy on plain memory. Other losses go through LibTorch on the outputs
/// alone, which are small.
class PlannedRunner final : public Runner {
 public:
  PlannedRunner(const SupervisedLearner& learner, const LossSettings& settings,
                std::unique_ptr<model::plan::Plan> plan)
      : Runner("planned"),
        learner_(learner),
        settings_(settings),
        plan_(std::move(plan)),
        classes_(learner.blueprint().coding.task != spec::tasks::regression),
        fused_(classes_ && learner.blueprint().loss == "cross-entropy") {
    if (settings_.class_weights.defined()) {
      settings_.class_weights = settings_.class_weights.contiguous();
    }
    pass_.threads = at::get_num_threads();
  }

  void gather(const Feed& feed) override {
    pass_.count = feed.count;
    inputs_ = feed.batches.raw_inputs(feed.rows, feed.count, feed.augment, feed.rng);
    lengths_ = feed.batches.lengths(feed.rows, feed.count);
    pass_.lengths = lengths_.defined() ? lengths_.data_ptr<std::int64_t>() : nullptr;
    with_targets_ = feed.with_targets;
    if (!with_targets_) return;
    const auto count = static_cast<std::size_t>(feed.count);
    if (classes_) {
      if (codes_.size() < count) codes_.resize(count);
      feed.batches.raw_targets(feed.rows, feed.count, codes_.data());
    } else {
      if (values_.size() < count) values_.resize(count);
      feed.batches.raw_targets(feed.rows, feed.count, values_.data());
    }
  }

  double forward(Network::Mode mode, std::uint64_t noise) override {
    pass_.training = mode == Network::Mode::kTrain;
    std::optional<model::OwnMasks> masks;
    if (pass_.training && plan_->draws()) masks.emplace(noise);
    outputs_ = plan_->forward(pass_, inputs_);
    if (!with_targets_) return 0;
    return fused_ ? cross_entropy() : other_loss();
  }

  void backward() override { plan_->backward(pass_); }

  void on_gradient(std::function<void(std::size_t)> ready) override {
    plan_->on_gradient(std::move(ready));
  }

  void append_outputs(Outputs& outputs) override {
    const std::int64_t columns = plan_->outputs();
    outputs.rows += pass_.count;
    outputs.columns = columns;
    if (fused_ && with_targets_) {
      outputs.values.insert(outputs.values.end(), shares_.data(),
                            shares_.data() + pass_.count * columns);
      return;
    }
    const torch::NoGradGuard no_grad;
    const auto decoded = learner_.decode(output_tensor()).contiguous();
    const float* data = decoded.data_ptr<float>();
    outputs.values.insert(outputs.values.end(), data, data + decoded.numel());
  }

 private:
  double cross_entropy() {
    const std::int64_t count = pass_.count, columns = plan_->outputs();
    model::plan::CrossEntropy loss;
    loss.logits = outputs_;
    loss.targets = codes_.data();
    loss.class_weights =
        settings_.class_weights.defined() ? settings_.class_weights.data_ptr<float>() : nullptr;
    loss.smoothing = static_cast<float>(settings_.label_smoothing);
    loss.shares = shares_.need(count * columns);
    loss.gradient = pass_.training ? plan_->output_gradient(count) : nullptr;
    loss.rows = count;
    loss.classes = columns;
    return model::plan::kernels().cross_entropy(loss);
  }

  double other_loss() {
    const torch::AutoGradMode gradients(pass_.training);
    auto outputs = output_tensor();
    if (pass_.training) outputs.requires_grad_(true);
    const auto targets = classes_
                             ? torch::from_blob(codes_.data(), {pass_.count}, torch::kInt64)
                             : torch::from_blob(values_.data(), {pass_.count}, torch::kFloat32);
    const auto loss = compute_loss(learner_.blueprint().loss, outputs, targets, settings_);
    if (pass_.training) {
      loss.backward();
      const auto gradient = outputs.grad().contiguous();
      std::copy_n(gradient.data_ptr<float>(), gradient.numel(),
                  plan_->output_gradient(pass_.count));
    }
    return loss.item<double>();
  }

  torch::Tensor output_tensor() const {
    return torch::from_blob(const_cast<float*>(outputs_), {pass_.count, plan_->outputs()},
                            torch::kFloat32);
  }

  const SupervisedLearner& learner_;
  LossSettings settings_;
  std::unique_ptr<model::plan::Plan> plan_;
  bool classes_, fused_, with_targets_ = true;
  model::plan::Pass pass_;
  const float* inputs_ = nullptr;
  const float* outputs_ = nullptr;
  torch::Tensor lengths_;  ///< undefined where all series are full
  std::vector<std::int64_t> codes_;
  std::vector<float> values_;
  model::plan::Buffer shares_;
};

std::unique_ptr<Runner> make_autograd_runner(const SupervisedLearner& learner,
                                             const LossSettings& settings, const std::string& why,
                                             const std::string& precision = "float32",
                                             const LossScale* scale = nullptr) {
  return std::make_unique<AutogradRunner>(learner, settings, "autograd (" + why + ")", precision,
                                          scale);
}

std::unique_ptr<Runner> make_cuda_runner(const SupervisedLearner& learner,
                                         const LossSettings& settings,
                                         const spec::Training& training, const LossScale* scale,
                                         int processes) {
  std::string why = graph_obstacle(learner, training, processes);
  if (why.empty()) {
    auto graph = make_cuda_graph(learner.device());
    if (graph) return make_graph_runner(learner, settings, training, scale, std::move(graph));
    why = "this program was built without CUDA";
  }
  return make_autograd_runner(learner, settings, why, training.precision, scale);
}

}  // namespace

std::unique_ptr<Runner> make_runner(const SupervisedLearner& learner, const LossSettings& settings,
                                    RunnerChoice choice) {
  std::string why = "asked for";
  if (choice == RunnerChoice::kFastest) {
    auto plan = model::plan::Plan::compile(learner.network(), why);
    if (plan) return std::make_unique<PlannedRunner>(learner, settings, std::move(plan));
  }
  return make_autograd_runner(learner, settings, why);
}

std::unique_ptr<Runner> make_training_runner(const SupervisedLearner& learner,
                                             const LossSettings& settings,
                                             const spec::Training& training, const LossScale* scale,
                                             int processes) {
  if (learner.device().is_cuda()) {
    return make_cuda_runner(learner, settings, training, scale, processes);
  }
  if (training.precision != "float32") {
    return make_autograd_runner(learner, settings, training.precision, training.precision, scale);
  }
  if (training.augment.mixup > 0 || training.augment.cutmix > 0) {
    return make_autograd_runner(learner, settings, "samples are mixed");
  }
  return make_runner(learner, settings);
}

}  // namespace dlwork::training
