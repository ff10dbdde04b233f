#include "training/graph_runner.h"

#ifdef DLWORK_CUDA_GRAPHS

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <map>

#include "training/autograd_runner.h"
#include "training/memory.h"

namespace dlwork::training {
namespace {

using model::Network;

/// Steps before a capture: in the first ones libraries set up what may not be set up in it.
constexpr int kWarmUpSteps = 3;

/// The default stream cannot be captured. What it was asked to do before is done first.
c10::cuda::CUDAStream stream_beside(const torch::Device& device) {
  torch::cuda::synchronize(device.index());
  return c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
}

/// While it lives, its thread works on a stream of its own: warm-up, capture and replay follow each
/// other, and so do the optimizer and the copies of batches, without a word between them.
class GraphRunner final : public AutogradRunner {
 public:
  GraphRunner(const SupervisedLearner& learner, const LossSettings& settings,
              const spec::Training& training, const LossScale* scale)
      : AutogradRunner(learner, settings, "CUDA graph", training.precision, scale),
        on_stream_(stream_beside(learner.device())) {}

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

  /// Nobody can be called from within a graph.
  void on_gradient(std::function<void(std::size_t)> ready) override {
    set_path("autograd (gradients are exchanged while they come)");
    exchanged_ = true;
    AutogradRunner::on_gradient(std::move(ready));
  }

 private:
  /// There is a graph for a batch of this size; makes it once its time has come.
  bool is_captured() {
    if (exchanged_) return false;
    const std::int64_t count = inputs_.values.size(0);
    if (!graph_ && ++seen_[count] > kWarmUpSteps) capture();
    return graph_ && captured_inputs_.size(0) == count;
  }

  void capture() {
    // What autograd kept of the step before must not become part of the graph.
    loss_ = outputs_ = torch::Tensor();
    captured_inputs_ = inputs_.values.clone();
    captured_targets_ = targets_.clone();
    inputs_.values = captured_inputs_;
    targets_ = captured_targets_;
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    try {
      graph->capture_begin();
      run(Network::Mode::kTrain);
      AutogradRunner::backward();
      graph->capture_end();
    } catch (const c10::Error& problem) {
      if (is_out_of_memory(problem)) throw;
      throw Error(ExitStatus::kRuntime,
                  std::string("the training step cannot be captured as a CUDA graph: ") +
                      problem.what_without_backtrace(),
                  "set DLWORK_CUDA_GRAPHS=off in the environment to train without one");
    }
    captured_outputs_ = outputs_.detach();
    captured_loss_ = loss_.detach();
    loss_ = torch::Tensor();
    graph_ = std::move(graph);
  }

  c10::cuda::CUDAStreamGuard on_stream_;
  std::map<std::int64_t, int> seen_;  ///< training steps by size of batch, until one is captured
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
  torch::Tensor captured_inputs_, captured_targets_, captured_outputs_, captured_loss_;
  bool exchanged_ = false;
  bool replayed_ = false;  ///< the last forward, which has then been backward too
};

}  // namespace

std::unique_ptr<Runner> make_graph_runner(const SupervisedLearner& learner,
                                          const LossSettings& settings,
                                          const spec::Training& training, const LossScale* scale) {
  return std::make_unique<GraphRunner>(learner, settings, training, scale);
}

}  // namespace dlwork::training

#else

namespace dlwork::training {

std::unique_ptr<Runner> make_graph_runner(const SupervisedLearner&, const LossSettings&,
                                          const spec::Training&, const LossScale*) {
  return nullptr;
}

}  // namespace dlwork::training

#endif
