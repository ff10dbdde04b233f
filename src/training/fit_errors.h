#pragma once

#include <string>

#include "dlwork/base/error.h"
#include "dlwork/base/reporter.h"
#include "dlwork/training/fit_error.h"
#include "dlwork/training/learner.h"

/// What a training says while it goes on, and when it ends early.
namespace dlwork::training {

/// Where it is: after the epochs of `history` and so many samples of the next, with their mean
/// loss.
Progress fit_progress(const FitOptions& options, const std::vector<EpochRecord>& history,
                      std::int64_t samples, double loss);

/// "epoch 3, batch 17": what was done last, after so many whole epochs.
std::string place_text(std::size_t epochs, std::int64_t done, const std::string& unit = "batch");

Error interrupted(const FitOptions& options, const std::string& place);
/// `kept`: place of the checkpoint on disk, "" before there is one.
Error not_saved(const FitOptions& options, const Error& problem, const std::string& kept);
/// What is left of a fit that diverges: `kept` as above, or the last of `epochs` good ones.
std::string good_text(const FitOptions& options, const std::string& kept, std::size_t epochs);
/// `good`: what is left.
FitError not_finite(const FitOptions& options, const std::string& what, double learning_rate,
                    const std::string& good);

/// Why several processes do not pay, from what their steps took; "" where they may, and before
/// there were enough steps to tell.
std::string does_not_pay(const std::string& label, const FitTimes& times, int processes);

}  // namespace dlwork::training
