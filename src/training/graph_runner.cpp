#include "training/graph_runner.h"

#include <map>

#include "training/autograd_runner.h"

namespace dlwork::training {
namespace {

using model::Network;

/// Steps before a capture: in the first ones libraries set up what may not be set up in it.
constexpr int kWarmUpSteps = 3;

/// LibTorch's messages go on with call stacks.
std::string why_failed(const std::exception& problem) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&problem);
  const std::string text = of_torch ? of_torch->what_without_backtrace() : problem.what();
  return text.substr(0, text.find('\n'));
}

class GraphRunner final : public AutogradRunner {
 public:
  GraphRunner(const SupervisedLearner& learner, const LossSettings& settings,
              const spec::Training& training, const LossScale* scale,
              std::unique_ptr<StepGraph> graph)
      : AutogradRunner(learner, settings, "CUDA graph", training.precision, scale),
        graph_(std::move(graph)) {}

  double forward(Network::Mode mode, std::uint64_t noise) override {
    replayed_ = mode == Network::Mode::kTrain && is_captured();
    if (!replayed_) return AutogradRunner::forward(mode, noise);
    {
      const torch::NoGradGuard no_grad;
      captured_inputs_.copy_(inputs_.values, /*non_blocking=*/true);
      captured_targets_.copy_(targets_, /*non_blocking=*/true);
    }
    torch::manual_seed(noise);  // a replay draws from where the generator stands
    graph_->replay();
    outputs_ = captured_outputs_;
    return captured_loss_.item<double>();
  }

  void backward() override {
    if (!replayed_) AutogradRunner::backward();
  }

 private:
  enum class State { kWarmingUp, kCaptured, kFailed };

  /// There is a graph for a batch of this size; makes it once its time has come.
  bool is_captured() {
    const std::int64_t count = inputs_.values.size(0);
    if (state_ == State::kWarmingUp && ++seen_[count] > kWarmUpSteps) capture();
    return state_ == State::kCaptured && captured_inputs_.size(0) == count;
  }

  void capture() {
    // What autograd kept of the step before must not become part of the graph.
    loss_ = outputs_ = torch::Tensor();
    captured_inputs_ = inputs_.values.clone();
    captured_targets_ = targets_.clone();
    inputs_.values = captured_inputs_;
    targets_ = captured_targets_;
    try {
      graph_->begin();
      run(Network::Mode::kTrain);
      AutogradRunner::backward();
      graph_->end();
    } catch (const std::exception& problem) {
      return go_on_without(why_failed(problem));
    }
    captured_outputs_ = outputs_.detach();
    captured_loss_ = loss_.detach();
    loss_ = torch::Tensor();
    state_ = State::kCaptured;
  }

  /// None of the kept work was done: the step is done now, by autograd, as all that follow. Where
  /// the capture did not fail for its own sake, that throws again.
  void go_on_without(const std::string& why) {
    state_ = State::kFailed;
    set_path("autograd (capture failed: " + why + ")");
    loss_ = outputs_ = captured_inputs_ = captured_targets_ = torch::Tensor();
    graph_->give_up();
  }

  std::unique_ptr<StepGraph> graph_;
  State state_ = State::kWarmingUp;
  std::map<std::int64_t, int> seen_;  ///< training steps by size of batch, until one is captured
  torch::Tensor captured_inputs_, captured_targets_, captured_outputs_, captured_loss_;
  bool replayed_ = false;  ///< the last forward, which has then been backward too
};

}  // namespace

std::unique_ptr<Runner> make_graph_runner(const SupervisedLearner& learner,
                                          const LossSettings& settings,
                                          const spec::Training& training, const LossScale* scale,
                                          std::unique_ptr<StepGraph> graph) {
  return std::make_unique<GraphRunner>(learner, settings, training, scale, std::move(graph));
}

}  // namespace dlwork::training
