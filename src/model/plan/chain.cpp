#include "model/plan/chain.h"

#include <algorithm>

#include "model/shape_rules.h"

namespace dlwork::model::plan {

std::string Chain::build(const std::vector<PlannedLayer>& layers, const std::string& prefix,
                         const Tensors& tensors) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::size_t before = nodes_.size();
    if (!add(layers[i], prefix + std::to_string(i) + ".", tensors)) return layers[i].name;
    if (nodes_.size() > before) nodes_.back().layer = i;
  }
  return "";
}

bool Chain::add(const PlannedLayer& layer, const std::string& prefix, const Tensors& tensors) {
  const bool relu = std::holds_alternative<spec::Relu>(layer.spec.options);
  if (relu && !nodes_.empty() && nodes_.back().op->absorb_relu()) return true;
  auto op = make_dense_op(layer, prefix, tensors);
  if (!op) op = make_picture_op(layer, prefix, tensors);
  if (!op) op = make_recurrent_op(layer, prefix, tensors);
  if (!op) return false;
  Node node;
  node.width = elements(layer.output);
  node.in_place = op->in_place() && !nodes_.empty() && !nodes_.back().op->reads_output();
  node.learns_before = learns_;
  learns_ = learns_ || op->learns();
  draws_ = draws_ || op->draws();
  widest_ = std::max({widest_, node.width, elements(layer.input)});
  node.op = std::move(op);
  nodes_.push_back(std::move(node));
  return true;
}

const float* Chain::forward(const Pass& pass, const float* x) {
  x_ = x;
  for (Node& node : nodes_) {
    node.y = node.in_place ? const_cast<float*>(x) : node.memory.need(pass.count * node.width);
    node.op->forward(pass, x, node.y);
    x = node.y;
  }
  return x;
}

void Chain::backward(const Pass& pass, float* dy, float* dx, const Written& written) {
  float* spare = gradients_[0].need(pass.count * widest_);
  float* next = gradients_[1].need(pass.count * widest_);
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    const float* x = i == 0 ? x_ : nodes_[i - 1].y;
    float* to = spare;
    if (i == 0) {
      to = dx;
    } else if (!dx && !node.learns_before) {
      to = nullptr;
    } else if (node.in_place) {
      to = dy;
    }
    node.op->backward(pass, x, node.y, dy, to);
    if (written && node.op->learns()) written(node.layer);
    if (!to || i == 0) break;
    if (to == dy) continue;
    // What dy was in is free now, unless it is the caller's.
    dy = to;
    std::swap(spare, next);
  }
}

}  // namespace dlwork::model::plan
