#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <functional>

#include "model/network.h"
#include "training/network_tests/subject.h"

/// What broken networks are broken with: layers, steps of training, and ways to feed and keep.
namespace dlwork::training::broken {

using model::Inputs;
using model::Layer;
using torch::Tensor;

inline constexpr char kMlp[] = "[{linear: 32}, relu, {linear: 32}, relu]";
inline constexpr char kCnn[] = "[{conv2d: 8}, relu, {max_pool2d: 2}, {linear: 16}, relu]";

/// A layer whose output is changed on its way.
class Altered final : public Layer {
 public:
  using Change = std::function<Tensor(Layer& inner, const Tensor& input)>;
  Altered(std::shared_ptr<Layer> inner, Change change)
      : inner_(register_module("of", std::move(inner))), change_(std::move(change)) {}
  Tensor forward(const Tensor& input) override { return change_(*inner_, input); }

 private:
  std::shared_ptr<Layer> inner_;
  Change change_;
};

inline std::function<void(SupervisedLearner&)> alter(std::size_t layer,
                                                     const Altered::Change& change) {
  return [=](SupervisedLearner& learner) {
    auto& network = learner.network();
    network.replace(layer, std::make_shared<Altered>(network.module(layer), change));
  };
}

/// Changes initial weights by name.
inline std::function<void(SupervisedLearner&)> start(const std::string& name,
                                                     const std::function<void(Tensor)>& change) {
  return [=](SupervisedLearner& learner) {
    torch::NoGradGuard no_grad;
    for (const auto& [key, tensor] : learner.network().parameters()) {
      if (key == name) change(tensor);
    }
  };
}

/// A number that the layer keeps but does not tell of: no parameter, no buffer.
class Forgetful final : public Layer {
 public:
  explicit Forgetful(std::shared_ptr<Layer> inner)
      : inner_(register_module("of", std::move(inner))) {}
  Tensor forward(const Tensor& input) override {
    const auto output = inner_->forward(input);
    if (is_training()) scale_ += 0.5;
    return output * scale_;
  }

 private:
  std::shared_ptr<Layer> inner_;
  double scale_ = 1;
};

/// Counts the times it is asked, in a buffer, whatever the mode.
class Counting final : public Layer {
 public:
  Counting() : asked_(register_buffer("asked", torch::zeros({1}))) {}
  Tensor forward(const Tensor& input) override {
    asked_ += 1;
    return input;
  }

 private:
  Tensor asked_;
};

/// Takes mean and deviation from the batch in evaluation mode too.
class BatchStatistics final : public Layer {
 public:
  Tensor forward(const Tensor& x) override {
    return (x - x.mean(0)) / (x.var(0, /*unbiased=*/false) + 1e-5).sqrt();
  }
};

/// Noise that no seed reaches.
inline Tensor unseeded_noise(const Tensor& like) {
  static std::uint64_t drawn = 0;
  auto generator = at::detail::createCPUGenerator(++drawn);
  return 0.1 * torch::randn(like.sizes(), generator, torch::kFloat32);
}

class AccumulatingStep final : public TrainStep {
 public:
  using TrainStep::TrainStep;
  Result gradients(const Inputs& inputs, const Tensor& targets) override {
    const auto left_over = flat().gradients.clone();
    const auto result = TrainStep::gradients(inputs, targets);
    flat().gradients.add_(left_over);
    return result;
  }
};

class AscendingStep final : public TrainStep {
 public:
  using TrainStep::TrainStep;
  Result gradients(const Inputs& inputs, const Tensor& targets) override {
    const auto result = TrainStep::gradients(inputs, targets);
    flat().gradients.neg_();
    return result;
  }
};

/// The sum over the batch in place of its mean.
class SummingStep final : public TrainStep {
 public:
  using TrainStep::TrainStep;
  Result gradients(const Inputs& inputs, const Tensor& targets) override {
    auto result = TrainStep::gradients(inputs, targets);
    result.loss *= static_cast<double>(targets.size(0));
    flat().gradients.mul_(static_cast<double>(targets.size(0)));
    return result;
  }
};

/// [n, 1] outputs less [n] targets make [n, n] errors.
class BroadcastStep final : public TrainStep {
 public:
  using TrainStep::TrainStep;
  Result gradients(const Inputs& inputs, const Tensor& targets) override {
    flat().zero_gradients();
    const auto outputs = learner_.network().forward(inputs);
    const auto loss = (outputs - targets).square().mean();
    loss.backward();
    return {loss.item<double>(), outputs.detach()};
  }
};

/// Leaves the first layer as it is.
class PartialStep final : public TrainStep {
 public:
  using TrainStep::TrainStep;
  void update(const Rates& rates, double weight_decay) override {
    torch::NoGradGuard no_grad;
    auto first = learner_.network().parameters().front().second;
    const auto before = first.clone();
    TrainStep::update(rates, weight_decay);
    first.copy_(before);
  }
};

/// Moves what is frozen.
class ThawingStep final : public TrainStep {
 public:
  using TrainStep::TrainStep;
  void update(const Rates& rates, double weight_decay) override {
    TrainStep::update(rates, weight_decay);
    torch::NoGradGuard no_grad;
    for (auto [name, parameter] : learner_.network().parameters()) {
      if (!parameter.requires_grad()) parameter.mul_(1.01);
    }
  }
};

template <class Step>
class SteppingSubject final : public Subject {
 public:
  using Subject::Subject;

 protected:
  std::unique_ptr<TrainStep> make_step(const spec::Training& training,
                                       const LossSettings& settings) override {
    return std::make_unique<Step>(learner(), training, settings);
  }
};

template <class Kind>
std::unique_ptr<Subject> made(std::unique_ptr<SupervisedLearner> learner, const FitOptions& options,
                              RunContext& run) {
  return std::make_unique<Kind>(std::move(learner), options, run);
}

/// The target stands in the first column.
class LeakingSubject final : public Subject {
 public:
  using Subject::Subject;
  Inputs inputs(const Rows& rows) override {
    auto x = Subject::inputs(rows);
    x.values.select(1, 0).add_(targets(rows).to(torch::kFloat32), 3.0);
    return x;
  }
};

/// Each sample has the target of another, the same one each time.
class MismatchedSubject final : public Subject {
 public:
  using Subject::Subject;
  Tensor targets(const Rows& rows) override {
    Rows others;
    for (const auto row : rows) {
      others.push_back(
          static_cast<std::int64_t>(derive_seed(static_cast<std::uint64_t>(row), "other") % 240));
    }
    return Subject::targets(others);
  }
};

/// Plans its kernels on memory that the weights then leave.
class StaleSubject final : public Subject {
 public:
  using Subject::Subject;
  std::unique_ptr<Runner> runner(RunnerChoice choice) override {
    auto made = Subject::runner(choice);
    for (auto [name, weights] : network().parameters()) weights.set_data(weights.data() * 1.5);
    return made;
  }
};

/// Applies the tampering to what is read back too.
class TamperedSubject final : public Subject {
 public:
  TamperedSubject(std::unique_ptr<SupervisedLearner> learner, const FitOptions& options,
                  RunContext& run, std::function<void(SupervisedLearner&)> tamper)
      : Subject(std::move(learner), options, run), tamper_(std::move(tamper)) {}
  std::unique_ptr<Learner> reload(const std::filesystem::path& file) override {
    auto again = Subject::reload(file);
    tamper_(static_cast<SupervisedLearner&>(*again));
    return again;
  }

 private:
  std::function<void(SupervisedLearner&)> tamper_;
};

}  // namespace dlwork::training::broken
