#include "dlwork/base/text.h"
#include "task/own_tests.h"
#include "task/reinforcement/episodes.h"
#include "task/reinforcement/q_training.h"
#include "training/network_tests/idle_bias.h"

namespace dlwork::task {
namespace {

using artefact::Finding;

/// Rows that tests look at, at most, and steps of the world in a short fit.
constexpr std::size_t kTestedRows = 20;
constexpr std::int64_t kBriefSteps = 100;

Finding test_worths(const DeepQ& learner, const Transitions& steps) {
  const auto worth = learner.values(steps.states);
  const auto actions = static_cast<std::int64_t>(make_world(learner.world())->actions().size());
  const bool sound =
      worth.dim() == 2 && worth.size(1) == actions && worth.isfinite().all().item<bool>();
  return tested("net-output-shape", sound,
                sound ? "a finite worth for each of " + std::to_string(actions) + " actions"
                      : "the outputs are not one finite worth an action");
}

/// A state's worth does not depend on the others asked about beside it.
Finding test_independence(const DeepQ& learner, const Transitions& steps, double tolerance) {
  const auto together = learner.values(steps.states);
  double most = 0;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(8, steps.states.size(0)); ++i) {
    const auto alone = learner.values(steps.states.narrow(0, i, 1));
    most = std::max(most, (alone - together.narrow(0, i, 1)).abs().max().item<double>());
  }
  return tested("net-sample-independence", most <= tolerance,
                "a state's worth differs by " + pretty_number(most, 2) +
                    " between asked alone and with others",
                {{"difference", most}, {"tolerance", tolerance}});
}

constexpr char kNoTheory[] = "a step aims at what the network itself says of the state after it";
constexpr char kStates[] = "a state is no sequence";

const std::vector<NotApplied>& not_of_policies() {
  static const std::vector<NotApplied> all = {
      {"net-finite", "states are within the world's bounds, and net-output-shape looks at outputs"},
      {"net-initial-loss", kNoTheory},
      {"net-padding", kStates},
      {"net-causality", kStates},
      {"net-evaluation", "net-save-load asks twice in evaluation mode and compares the bits"},
      {"net-initial-weights", "net-overfit-batch would not be passed by units that are all alike"},
      {"net-activations", "a world's random steps are no sample of the states it will see"},
      {"net-signal-depth", "a world's random steps are no sample of the states it will see"},
      {"net-gradient-fresh", "net-overfit-batch would not be passed by gradients that add up"},
      {"net-gradient-check", "gradients are LibTorch's, of the squared error alone"},
      {"net-parameters-move", "net-gradient-flow and net-overfit-batch look at the same step"},
      {"net-update-ratio", kNoTheory},
      {"net-input-dependence", "a state's own numbers are the only input of its worths"},
      {"net-label-shuffle", "there are no targets of samples that could be shuffled"},
      {"net-planned-path", "training goes by the task's own steps"},
      {"net-devices", "training on CUDA acts on the CPU, and the two are not compared"}};
  return all;
}

}  // namespace

std::vector<Finding> DeepQ::test_network(const spec::NetworkTest& limits,
                                         const training::FitOptions& asked, RunContext& run) {
  training::FitOptions options = asked;
  options.train_rows.resize(std::min(options.train_rows.size(), kTestedRows));
  const auto fresh = [&] {
    return std::make_unique<DeepQ>(world_, layers_, seed_, dataset_, run.device);
  };
  const auto learner = fresh();
  const auto steps =
      random_steps(*learner, options.train_rows, options.seed, limits.overfit_samples).to(device_);
  std::vector<Finding> findings;
  findings.push_back(test_worths(*learner, steps));
  findings.push_back(test_independence(*learner, steps, limits.independence_tolerance));

  QTraining training(*learner, options, run);
  const auto& settings = options.training.reinforcement;
  const auto targets = targets_of(steps, *learner, nullptr, settings.discount);
  const training::Rates rates{options.training.learning_rate, options.training.momentum};
  const auto step = [&] { return training.step(steps, targets, rates); };
  step();
  findings.push_back(test_gradient_flow(learner->parameters()));
  findings.push_back(training::test_idle_biases(learner->network()));
  findings.push_back(test_overfit(learn_by_heart(step, limits), limits));
  findings.push_back(test_same_seed([&] {
    auto one = fresh();
    auto brief = options;
    brief.training.epochs = 1;
    brief.training.reinforcement.steps = kBriefSteps;
    brief.training.reinforcement.warm_up = kBriefSteps / 2;
    brief.checkpoint_folder.clear();
    brief.events_folder.clear();
    brief.after_epoch = nullptr;
    brief.validation_rows.clear();
    one->fit(brief, run);
    return one->tensors();
  }));
  findings.push_back(test_save_load(
      *learner, [&](const auto& file) { return DeepQ::load(file, run); }, dataset().samples,
      options.train_rows));
  skip_rest(findings, not_of_policies());
  return findings;
}

}  // namespace dlwork::task
