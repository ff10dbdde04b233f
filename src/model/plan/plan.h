#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/plan/chain.h"

namespace dlwork::model::plan {

/// A network compiled into a list of ops over memory that is allocated once: forward and backward
/// without autograd, whose cost outweighs the arithmetic of small layers. Uses the network's own
/// tensors, so it holds as long as their memory stays: make it after FlatParameters.
class Plan {
 public:
  /// Null when a layer has no planned kernel, or the network is not float32 on the CPU; `why_not`
  /// then says what is missing: "3 embedding has no planned kernel".
  static std::unique_ptr<Plan> compile(const Network& network, std::string& why_not);

  /// x: [count, ...] with pictures in channels-last order, on memory that goes on for kSlack
  /// floats, and valid until `backward` is done. Returns [count, outputs], valid until the next
  /// forward.
  const float* forward(const Pass& pass, const float* x) { return chain_.forward(pass, x); }
  /// Where the loss' gradient with respect to the outputs is to be written: [count, outputs].
  float* output_gradient(std::int64_t count) { return gradient_.need(count * outputs()); }
  /// Writes the gradients of all parameters into their `grad`s; after a forward in training mode.
  void backward(const Pass& pass) { chain_.backward(pass, gradient_.data(), nullptr, written_); }
  /// Asks for a call within `backward` for each parameter, by its place in the network's, as soon
  /// as its gradient is written.
  void on_gradient(std::function<void(std::size_t)> ready);

  std::int64_t outputs() const { return chain_.width(); }
  /// A forward pass in training mode draws random numbers.
  bool draws() const { return chain_.draws(); }

 private:
  Plan() = default;
  Chain chain_;
  Chain::Written written_;
  std::vector<std::size_t> first_;  ///< parameter of each layer, and their number
  Buffer gradient_;
};

}  // namespace dlwork::model::plan
