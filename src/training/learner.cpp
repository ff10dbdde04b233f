#include "dlwork/training/learner.h"

#include <utility>

namespace dlwork::training {

std::vector<LayerReport> with_inner(const std::vector<LayerReport>& layers) {
  std::vector<LayerReport> all;
  for (const auto& layer : layers) {
    all.push_back(layer);
    all.back().inner.clear();
    for (auto& inner : with_inner(layer.inner)) all.push_back(std::move(inner));
  }
  return all;
}

// Not every learner has a last layer, inputs that can be traced or filters that can be drawn.

Outputs Learner::embed(const data::Samples&, const std::vector<std::int64_t>&) { return {}; }

Attribution Learner::attribute(const data::Samples&, const std::vector<std::int64_t>&,
                               const AttributionOptions&) {
  return {};
}

Filters Learner::first_filters() const { return {}; }

}  // namespace dlwork::training
