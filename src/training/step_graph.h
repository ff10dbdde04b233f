#pragma once

#include <memory>

#include "model/torch.h"

namespace dlwork::training {

/// Keeps the work that a device is asked for, to do it again as one launch.
class StepGraph {
 public:
  virtual ~StepGraph() = default;
  /// From here on work is kept, not done.
  virtual void begin() = 0;
  virtual void end() = 0;
  /// After one of the two threw, or what came between them: what was kept is dropped, and the
  /// device does its work as before.
  virtual void give_up() = 0;
  virtual void replay() = 0;
};

/// CUDA's, whose work goes to a stream of its own as long as this lives. Null in a program built
/// without CUDA.
std::unique_ptr<StepGraph> make_cuda_graph(const torch::Device& device);

}  // namespace dlwork::training
