#pragma once

#include <vector>

#include "phase/diagnose/study.h"

/// Short trainings that tell a failing optimisation from a network that cannot do better.
namespace dlwork::phase::diagnose {

/// Training loss after a few steps at a constant learning rate, from the same start.
struct ProbedRate {
  double rate = 0;
  double loss = 0;  ///< mean over the last pass; NaN where training diverged
};
struct Probe {
  double start = 0;               ///< loss of knowing nothing
  std::vector<ProbedRate> rates;  ///< ascending; ten times apart, the project's own among them
  double own = 0;                 ///< the project's rate
  std::int64_t steps = 0;
  double gain(const ProbedRate& probed) const;  ///< by how much the loss fell; 0 at least
  const ProbedRate& best() const;
  const ProbedRate& at_own() const;
};
/// Rates a hundredth to a hundred times the project's, further where the best is at an end.
Probe probe_rates(Study& study);
/// Gain at `rate` less the gain at the project's own, over three orders and starts.
Difference gain_over_own(Study& study, const Probe& probe, double rate);

/// Whether a network learns a handful of samples by heart (test.overfit_samples, .overfit_steps,
/// .overfit_loss_ratio), without augmentation and weight decay.
struct ByHeart {
  bool learned = false;
  double first = 0, last = 0;
  std::int64_t steps = 0;
};
ByHeart learn_by_heart(Study& study, const spec::Model& model, double rate);

}  // namespace dlwork::phase::diagnose
