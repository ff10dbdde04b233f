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
/// Rates a hundredth to a hundred times the project's, further where the best is at an end. Of
/// diagnose.time they take what they take: they are short, and what they find comes first.
Probe probe_rates(Study& study);
/// Gain at `rate` less the gain at the project's own, over three orders and starts.
Difference gain_over_own(Study& study, const Probe& probe, double rate);

/// Whether a network learns a handful of samples by heart (test.overfit_samples, .overfit_steps,
/// .overfit_loss_ratio), without what keeps a training loss up on purpose: augmentation, weight
/// decay, label smoothing and dropout.
struct ByHeart {
  bool learned = false;
  std::vector<double> losses;  ///< of each step; fewer where training diverged
  double first() const { return losses.empty() ? 0 : losses.front(); }
  double last() const { return losses.empty() ? 0 : losses.back(); }
};
/// Throws what making the network throws (see is_misbuilt).
ByHeart learn_by_heart(Study& study, const spec::Model& model, double rate);
/// What TimeLimit counts of it, at most.
double work_by_heart(const Study& study);
/// The overfit-a-batch test; `gravity` of a failure (by_heart.cpp).
void check_by_heart(Study& study, artefact::Severity gravity);

}  // namespace dlwork::phase::diagnose
