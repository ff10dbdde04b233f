#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// What both supervised tasks share: a learner is a network for the coded target, with
/// preprocessing fitted on the training part.
class SupervisedTask : public Task {
 public:
  std::unique_ptr<training::Learner> make_learner(const spec::Project& project,
                                                  const data::Dataset& dataset,
                                                  const spec::Model& model, std::uint64_t seed,
                                                  RunContext& run) const override;
  std::unique_ptr<training::Learner> load_learner(const std::filesystem::path& file,
                                                  RunContext& run) const override;
  /// Probabilities, or the value, of each sample of a raw input.
  std::unique_ptr<Predictor> make_predictor(const PredictorOptions& options,
                                            RunContext& run) const override;
};

}  // namespace dlwork::task
