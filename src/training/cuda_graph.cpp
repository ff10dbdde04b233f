#include "training/step_graph.h"

#ifdef DLWORK_CUDA_GRAPHS

#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <exception>
#include <mutex>

namespace dlwork::training {
namespace {

/// The default stream cannot be captured. What it was asked to do before is done first.
c10::cuda::CUDAStream stream_beside(const torch::Device& device) {
  torch::cuda::synchronize(device.index());
  return c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
}

/// A random generator takes a capture that failed for one that goes on, and refuses to draw. Which
/// state it has from now on does not matter, for each step begins with a seed.
template <class Generator>
void leave_capture(Generator& generator, const torch::Device& device) {
  if constexpr (requires { generator.capture_epilogue(); }) {  // of an older LibTorch
    generator.capture_epilogue();
  } else {
    const auto fresh = c10::make_intrusive<Generator>(device.index());
    generator.graphsafe_set_state(fresh->graphsafe_get_state());
  }
}

/// While it lives, its thread works on a stream of its own: warm-up, capture and replay follow each
/// other, and so do the optimizer and the copies of batches, without a word between them.
class CudaGraph final : public StepGraph {
 public:
  explicit CudaGraph(const torch::Device& device)
      : device_(device), on_stream_(stream_beside(device)) {}
  /// Who works on another stream next, after an exception too, finds all done.
  ~CudaGraph() override {
    C10_CUDA_CHECK_WARN(cudaStreamSynchronize(on_stream_.current_stream().stream()));
  }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  void begin() override {
    // What the steps before took stays in the allocator's cache, which gives nothing back during a
    // capture, and a graph has memory of its own: that of a step would be needed twice.
    c10::cuda::CUDACachingAllocator::emptyCache();
    graph_ = std::make_unique<at::cuda::CUDAGraph>();
    graph_->capture_begin();
  }
  void end() override { graph_->capture_end(); }
  void give_up() override {
    try {
      if (graph_) graph_->capture_end();
    } catch (const std::exception&) {
      // It says again that the capture failed, which is known; the stream has left it all the same.
    }
    graph_.reset();
    at::Generator random = at::cuda::detail::getDefaultCUDAGenerator(device_.index());
    const std::lock_guard<std::mutex> lock(random.mutex());
    leave_capture(*random.get<at::CUDAGeneratorImpl>(), device_);
  }
  void replay() override { graph_->replay(); }

 private:
  torch::Device device_;
  c10::cuda::CUDAStreamGuard on_stream_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
};

}  // namespace

std::unique_ptr<StepGraph> make_cuda_graph(const torch::Device& device) {
  return std::make_unique<CudaGraph>(device);
}

}  // namespace dlwork::training

#else

namespace dlwork::training {

std::unique_ptr<StepGraph> make_cuda_graph(const torch::Device&) { return nullptr; }

}  // namespace dlwork::training

#endif
