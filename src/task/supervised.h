#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// What both supervised tasks share: a learner is a network for the coded target, with
/// preprocessing fitted on the training part.
std::unique_ptr<training::Learner> make_supervised_learner(const Task& task,
                                                           const spec::Project& project,
                                                           const data::Dataset& dataset,
                                                           const spec::Model& model,
                                                           std::uint64_t seed, RunContext& run);

}  // namespace dlwork::task
