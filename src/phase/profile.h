#pragma once

#include "dlwork/phase/phase.h"
#include "dlwork/training/together.h"

namespace dlwork::phase {

/// Trains and notes in the context where the time went. With `--profile` the run folder gets a
/// trace for Chrome's about:tracing: trace.json, and trace-2.json, ... of further fits.
training::FitReport fit(Context& context, training::Learner& learner, training::FitOptions options);

/// Tests learning rates and notes in the context how long that took; with `--profile` it leaves
/// trace-learning-rates.json.
training::RangeTest range_test(Context& context, training::Learner& learner,
                               const training::FitOptions& options);

/// Trains, as `fit`, several that know nothing of each other, by training::fit_together.
void fit_together(Context& context, std::vector<training::Fitting> fittings,
                  const training::Fitted& fitted);

/// With `--profile`: adds the table and the traces to the result of a phase that has trained.
void show_profile(const Context& context, artefact::PhaseResult& result);

}  // namespace dlwork::phase
