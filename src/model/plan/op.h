#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/network.h"
#include "model/plan/buffer.h"

namespace dlwork::model::plan {

/// One run of a batch through a plan.
struct Pass {
  std::int64_t count = 0;  ///< samples
  bool training = false;
  int threads = 1;
  const std::int64_t* lengths = nullptr;  ///< steps of each sequence; null: all are full
};

/// One layer of a planned network on raw memory: [count, D] float32, pictures as [count, H, W, C],
/// series as [count, T, C].
class Op {
 public:
  virtual ~Op() = default;
  virtual void forward(const Pass& pass, const float* x, float* y) = 0;
  /// Parameter gradients are written, not added to. `dy` may be used up; `dx` is null where nobody
  /// asks for it.
  virtual void backward(const Pass& pass, const float* x, const float* y, float* dy, float* dx) = 0;
  /// Has parameters.
  virtual bool learns() const { return false; }
  /// Draws random numbers in training mode.
  virtual bool draws() const { return false; }
  /// y may be x, and dx is then dy.
  virtual bool in_place() const { return false; }
  /// `backward` reads y: the next layer may not write over it.
  virtual bool reads_output() const { return false; }
  /// Takes the relu that follows into itself, once; false when it cannot.
  virtual bool absorb_relu() { return false; }
};

/// A parameter as the kernels see it.
struct Parameter {
  float* value = nullptr;
  float* gradient = nullptr;  ///< null when gradients are not asked for
};

/// Tensors of a network by name ("3.weight"), for those who make ops.
class Tensors {
 public:
  explicit Tensors(const Network& network);
  /// One with no value where the layer has none of that name.
  Parameter parameter(const std::string& name) const;
  torch::Tensor buffer(const std::string& name) const;

 private:
  std::map<std::string, torch::Tensor> all_;
};

/// The op of a layer whose tensors begin with `prefix` ("3."), or null when there is none for it.
/// One overload a kind of layer in the files beside this one.
std::unique_ptr<Op> make_dense_op(const PlannedLayer& layer, const std::string& prefix,
                                  const Tensors& tensors);
std::unique_ptr<Op> make_picture_op(const PlannedLayer& layer, const std::string& prefix,
                                    const Tensors& tensors);
std::unique_ptr<Op> make_recurrent_op(const PlannedLayer& layer, const std::string& prefix,
                                      const Tensors& tensors);

std::unique_ptr<Op> make_linear(std::int64_t in, std::int64_t out, Parameter weight,
                                Parameter bias);

/// A convolution of [height, width, in] to [out_height, out_width, out].
struct ConvShape {
  std::int64_t in = 0, height = 0, width = 0;
  std::int64_t out = 0, out_height = 0, out_width = 0;
  std::int64_t kernel = 1, padding = 0;
  std::int64_t stride_down = 1, stride_right = 1;
};
std::unique_ptr<Op> make_conv(const ConvShape& shape, Parameter weight, Parameter bias);

}  // namespace dlwork::model::plan
