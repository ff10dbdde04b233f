#include "task/supervised.h"

namespace dlwork::task {

std::unique_ptr<training::Learner> make_supervised_learner(const Task& task,
                                                           const spec::Project& project,
                                                           const data::Dataset& dataset,
                                                           const spec::Model& model,
                                                           std::uint64_t seed, RunContext& run) {
  training::SupervisedProblem problem;
  problem.dataset = &dataset;
  problem.coding = task.code(dataset);
  problem.layers = spec::with_init(model.layers, model.init);
  problem.loss = project.training.loss.empty() ? task.default_loss() : project.training.loss;
  problem.seed = seed;
  problem.missing_tokens = project.data.missing;
  problem.fit_rows = dataset.part(data::Part::kTrain);
  return training::make_supervised(std::move(problem), run);
}

}  // namespace dlwork::task
