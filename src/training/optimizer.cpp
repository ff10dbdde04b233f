#include "training/optimizer.h"

#include <cmath>

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "dlwork/training/supervised.h"
#include "model/plan/buffer.h"
#include "model/plan/kernels.h"

namespace dlwork::training {
namespace {

constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;
constexpr double kRmsAlpha = 0.99;

using Segment = FlatParameters::Segment;

/// Where the numbers of a segment begin, on the CPU.
float* beginning(const torch::Tensor& flat, const Segment& segment) {
  return flat.data_ptr<float>() + segment.begin;
}

/// sgd: v = momentum v + g; x -= rate (g + momentum v).
class Sgd final : public Optimizer {
 public:
  Sgd(const FlatParameters& parameters, StepChoice choice) : Optimizer(parameters, choice, 1) {}

 private:
  void step_segment(const FlatParameters& parameters, const Segment& segment,
                    const StepSettings& settings) override {
    const model::plan::SgdStep step{static_cast<float>(settings.momentum),
                                    static_cast<float>(settings.learning_rate),
                                    static_cast<float>(settings.weight_decay)};
    model::plan::kernels().sgd(step, beginning(parameters.gradients, segment),
                               beginning(parameters.values, segment), beginning(state_[0], segment),
                               segment.length);
  }

  void step_tensors(FlatParameters& parameters, const StepSettings& settings) override {
    auto &x = parameters.values, &g = parameters.gradients, &v = state_[0];
    add_decaying(g, parameters, settings.weight_decay);
    v.mul_(settings.momentum).add_(g);
    x.add_(g, -settings.learning_rate).add_(v, -settings.learning_rate * settings.momentum);
  }
};

/// Adam and AdamW share moments; they differ in where the decay goes.
class Adam final : public Optimizer {
 public:
  enum class Decay { kInGradient, kDecoupled };
  Adam(const FlatParameters& parameters, StepChoice choice, Decay decay)
      : Optimizer(parameters, choice, 2), decay_(decay) {
    state_.push_back(torch::ones({1}, torch::kFloat64));  // product of all beta1, for checkpoints
  }

 private:
  void begin(const StepSettings& settings) override {
    // With a cycled beta1 the exact bias correction is one minus the product of all beta1 so far.
    double& product = *state_[2].data_ptr<double>();
    product *= settings.momentum;
    correction1_ = 1 - product;
    correction2_ = 1 - std::pow(kBeta2, static_cast<double>(steps_));
  }

  void step_segment(const FlatParameters& parameters, const Segment& segment,
                    const StepSettings& settings) override {
    const auto beta1 = static_cast<float>(settings.momentum);
    const auto beta2 = static_cast<float>(kBeta2);
    const auto rate = static_cast<float>(settings.learning_rate / correction1_);
    const auto root = static_cast<float>(1 / std::sqrt(correction2_));
    const auto decay = static_cast<float>(settings.weight_decay);
    const float inside = decay_ == Decay::kInGradient ? decay : 0.0f;
    const float keep =
        decay_ == Decay::kDecoupled ? 1 - static_cast<float>(settings.learning_rate) * decay : 1.0f;
    const auto epsilon = static_cast<float>(kEpsilon);
    model::plan::kernels().adam(
        {beta1, beta2, rate, root, epsilon, inside, keep}, beginning(parameters.gradients, segment),
        beginning(parameters.values, segment), beginning(state_[0], segment),
        beginning(state_[1], segment), segment.length);
  }

  void step_tensors(FlatParameters& parameters, const StepSettings& settings) override {
    auto &x = parameters.values, &g = parameters.gradients, &m = state_[0], &v = state_[1];
    if (decay_ == Decay::kInGradient) add_decaying(g, parameters, settings.weight_decay);
    if (decay_ == Decay::kDecoupled) {
      add_decaying(x, parameters, -settings.learning_rate * settings.weight_decay);
    }
    m.mul_(settings.momentum).add_(g, 1 - settings.momentum);
    v.mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
    x.addcdiv_(m, v.sqrt().div_(std::sqrt(correction2_)).add_(kEpsilon),
               -settings.learning_rate / correction1_);
  }

  Decay decay_;
  double correction1_ = 1, correction2_ = 1;
};

/// s = alpha s + (1 - alpha) g^2; v = momentum v + g / (sqrt(s) + epsilon); x -= rate v.
class RmsProp final : public Optimizer {
 public:
  RmsProp(const FlatParameters& parameters, StepChoice choice) : Optimizer(parameters, choice, 2) {}

 private:
  void step_segment(const FlatParameters& parameters, const Segment& segment,
                    const StepSettings& settings) override {
    const model::plan::RmsPropStep step{
        static_cast<float>(kRmsAlpha),         static_cast<float>(1 - kRmsAlpha),
        static_cast<float>(settings.momentum), static_cast<float>(settings.learning_rate),
        static_cast<float>(kEpsilon),          static_cast<float>(settings.weight_decay)};
    model::plan::kernels().rmsprop(
        step, beginning(parameters.gradients, segment), beginning(parameters.values, segment),
        beginning(state_[0], segment), beginning(state_[1], segment), segment.length);
  }

  void step_tensors(FlatParameters& parameters, const StepSettings& settings) override {
    auto &x = parameters.values, &g = parameters.gradients, &s = state_[0], &v = state_[1];
    add_decaying(g, parameters, settings.weight_decay);
    s.mul_(kRmsAlpha).addcmul_(g, g, 1 - kRmsAlpha);
    v.mul_(settings.momentum).addcdiv_(g, s.sqrt().add_(kEpsilon));
    x.add_(v, -settings.learning_rate);
  }
};

template <class Kind, auto... kArguments>
std::unique_ptr<Optimizer> make_kind(const FlatParameters& parameters, StepChoice choice) {
  return std::make_unique<Kind>(parameters, choice, kArguments...);
}

struct OptimizerRow {
  const char* name;
  std::unique_ptr<Optimizer> (*make)(const FlatParameters&, StepChoice);
};

constexpr OptimizerRow kOptimizers[] = {
    {"sgd", make_kind<Sgd>},
    {"adam", make_kind<Adam, Adam::Decay::kInGradient>},
    {"adamw", make_kind<Adam, Adam::Decay::kDecoupled>},
    {"rmsprop", make_kind<RmsProp>},
};

/// A view of a flat buffer in a parameter's shape and memory order.
torch::Tensor view_as(const torch::Tensor& flat, const torch::Tensor& like, std::int64_t begin) {
  auto piece = flat.narrow(0, begin, like.numel());
  const bool channels_last = like.dim() == 4 && like.is_contiguous(at::MemoryFormat::ChannelsLast);
  if (!channels_last) return piece.view(like.sizes());
  return piece.view({like.size(0), like.size(2), like.size(3), like.size(1)}).permute({0, 3, 1, 2});
}

}  // namespace

FlatParameters::FlatParameters(
    const std::vector<std::pair<std::string, torch::Tensor>>& parameters) {
  torch::NoGradGuard no_grad;
  std::int64_t total = 0;
  for (const auto& [name, tensor] : parameters) total += tensor.numel();
  const auto options = torch::TensorOptions()
                           .dtype(torch::kFloat32)
                           .device(parameters.empty() ? torch::Device(torch::kCPU)
                                                      : parameters.front().second.device());
  // Planned kernels read in whole vectors, past the end of the last parameter.
  const std::int64_t room = total + model::plan::kSlack;
  values = torch::zeros({room}, options).narrow(0, 0, total);
  gradients = torch::zeros({kHead + room}, options).narrow(0, kHead, total);
  std::int64_t begin = 0;
  for (const auto& [name, tensor] : parameters) {
    torch::Tensor parameter = tensor;
    auto view = view_as(values, parameter, begin);
    view.copy_(parameter);
    parameter.mutable_grad() = view_as(gradients, parameter, begin);
    parameter.set_data(view);
    segments_.push_back({begin, parameter.numel(), parameter.dim() > 1});
    begin += parameter.numel();
  }
}

torch::Tensor FlatParameters::exchanged() const {
  return gradients.as_strided({kHead + gradients.size(0)}, {1}, gradients.storage_offset() - kHead);
}

double FlatParameters::clip(double limit) {
  const double norm = gradients.norm().item<double>();
  if (std::isfinite(norm) && norm > limit) gradients.mul_(limit / norm);
  return norm;
}

Optimizer::Optimizer(const FlatParameters& parameters, StepChoice choice, int buffers)
    : by_tensors_(choice == StepChoice::kTensors || !parameters.values.is_cpu()) {
  for (int i = 0; i < buffers; ++i) state_.push_back(torch::zeros_like(parameters.values));
}

void Optimizer::step(FlatParameters& parameters, const StepSettings& settings) {
  ++steps_;
  begin(settings);
  if (by_tensors_) return step_tensors(parameters, settings);
  for (const Segment& segment : parameters.segments()) {
    StepSettings own = settings;
    if (!segment.decays) own.weight_decay = 0;
    step_segment(parameters, segment, own);
  }
}

void Optimizer::add_decaying(torch::Tensor& to, const FlatParameters& parameters, double share) {
  if (share == 0) return;
  if (!decaying_.defined()) {
    decaying_ = torch::zeros_like(parameters.values);
    for (const Segment& segment : parameters.segments()) {
      if (segment.decays) decaying_.narrow(0, segment.begin, segment.length).fill_(1);
    }
  }
  to.addcmul_(parameters.values, decaying_, share);
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const FlatParameters& parameters,
                                          StepChoice choice) {
  for (const OptimizerRow& row : kOptimizers) {
    if (name == row.name) return row.make(parameters, choice);
  }
  const std::string near = nearest(name, optimizer_names());
  throw Error(ExitStatus::kUsage, Diagnostic{{},
                                             "training.optimizer",
                                             "unknown optimizer '" + name + "'",
                                             (near.empty() ? "" : "did you mean '" + near + "'? ") +
                                                 "known: " + join_words(optimizer_names())});
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const OptimizerRow& row : kOptimizers) names.emplace_back(row.name);
  return names;
}

}  // namespace dlwork::training
