#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/plan/op.h"

namespace dlwork::model::plan {

/// Layers one after the other, with memory for what comes out of each.
class Chain {
 public:
  /// "" when every layer has an op, else the name of the first that has none.
  std::string build(const std::vector<PlannedLayer>& layers, const std::string& prefix,
                    const Tensors& tensors);
  /// Returns [count, width()], valid until the next forward.
  const float* forward(const Pass& pass, const float* x);
  /// Told of each layer that learns, by its place, as soon as its gradients are written.
  using Written = std::function<void(std::size_t layer)>;
  /// Writes parameter gradients, and dx where it is not null. `dy` is used up.
  void backward(const Pass& pass, float* dy, float* dx, const Written& written = {});

  std::int64_t width() const { return nodes_.back().width; }
  /// The widest output of a layer.
  std::int64_t widest() const { return widest_; }
  bool learns() const { return learns_; }
  bool draws() const { return draws_; }

 private:
  struct Node {
    std::unique_ptr<Op> op;
    std::size_t layer = 0;
    std::int64_t width = 0;  ///< of its output, a sample
    bool in_place = false;
    bool learns_before = false;  ///< a layer before it has parameters
    Buffer memory;
    float* y = nullptr;
  };
  bool add(const PlannedLayer& layer, const std::string& prefix, const Tensors& tensors);

  std::vector<Node> nodes_;
  bool learns_ = false, draws_ = false;
  std::int64_t widest_ = 0;
  Buffer gradients_[2];
  const float* x_ = nullptr;
};

}  // namespace dlwork::model::plan
