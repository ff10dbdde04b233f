#include "dlwork/training/learner.h"

namespace dlwork::training {

// Not every learner has a last layer, inputs that can be traced or filters that can be drawn.

Outputs Learner::embed(const data::Samples&, const std::vector<std::int64_t>&) { return {}; }

Attribution Learner::attribute(const data::Samples&, const std::vector<std::int64_t>&,
                               const AttributionOptions&) {
  return {};
}

Filters Learner::first_filters() const { return {}; }

}  // namespace dlwork::training
