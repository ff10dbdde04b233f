#pragma once

#include <memory>

#include "over_real_task.h"
#include "training/supervised_learner.h"

namespace dlwork::testing {

/// Networks whose first layer's biases are far below zero.
class DeadAtStart final : public OverRealTask {
 public:
  std::unique_ptr<training::Learner> make_learner(const spec::Project& p, const data::Dataset& d,
                                                  const spec::Model& m, std::uint64_t seed,
                                                  RunContext& run) const override {
    auto learner = OverRealTask::make_learner(p, d, m, seed, run);
    auto& network = dynamic_cast<training::SupervisedLearner&>(*learner);
    torch::NoGradGuard no_grad;
    for (auto [name, parameter] : network.network().parameters()) {
      if (name == "0.bias") parameter.fill_(-100);
    }
    return learner;
  }
};

}  // namespace dlwork::testing
