#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// Of each given picture how well the models restore it from one made smaller by their factor: its
/// peak signal-to-noise ratio in dB and its structural similarity to the picture given.
std::unique_ptr<Predictor> make_enlarger_predictor(const PredictorOptions& options,
                                                   RunContext& run);

/// The mean of what the learners restore, weighed, against the true pictures.
training::Outputs figures_of_mean(const std::vector<training::Learner*>& members,
                                  const std::vector<double>& weights, const data::Samples& samples,
                                  const std::vector<std::int64_t>& rows);

/// -10 log10 of a mean squared error of shares of the peak, in dB, at most 100.
double decibels(double error);

}  // namespace dlwork::task
