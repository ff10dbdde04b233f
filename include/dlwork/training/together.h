#pragma once

#include <functional>
#include <vector>

#include "dlwork/training/learner.h"

namespace dlwork::training {

/// A learner and how it is to be trained.
struct Fitting {
  Learner* learner = nullptr;
  FitOptions options;
};

/// Called when a fit has ended, one at a time, in whatever order they end.
using Fitted = std::function<void(std::size_t index, const FitReport& report)>;

/// Trains learners that know nothing of each other. Those whose networks have planned kernels are
/// trained side by side, each on one thread, as many at a time as there are threads: a small
/// network has nothing for a second one to do, so that this is as many times faster. Others follow
/// one after the other on all threads. Which are which depends on the learners alone, not on how
/// many are left of a stopped run. Throws what the first of them threw, after all have ended.
void fit_together(const std::vector<Fitting>& fittings, const Fitted& fitted, RunContext& run);

}  // namespace dlwork::training
