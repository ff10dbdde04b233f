#pragma once

#include <memory>
#include <string>

#include "training/runner.h"
#include "training/step_graph.h"

namespace dlwork::training {

/// Why the steps of a training on CUDA, by so many processes together, cannot be captured as a
/// graph: "2 gru cannot be captured as a CUDA graph", "samples are mixed"; "" where they can. The
/// variable DLWORK_CUDA_GRAPHS=off says that they shall not.
std::string graph_obstacle(const SupervisedLearner& learner, const spec::Training& training,
                           int processes);

/// Forward, loss and backward of a step as one launch in place of some hundreds, which is what the
/// step of a small network takes its time for. Captured once, for batches of one size: others (the
/// last of an epoch), the first few steps, and what is no training go through autograd. So do all
/// where the capture fails, for want of memory perhaps; the path then says why.
std::unique_ptr<Runner> make_graph_runner(const SupervisedLearner& learner,
                                          const LossSettings& settings,
                                          const spec::Training& training, const LossScale* scale,
                                          std::unique_ptr<StepGraph> graph);

}  // namespace dlwork::training
