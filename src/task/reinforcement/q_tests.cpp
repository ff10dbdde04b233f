#include <functional>

#include "dlwork/base/text.h"
#include "task/own_tests.h"
#include "task/reinforcement/episodes.h"
#include "task/reinforcement/q_training.h"
#include "training/network_tests/idle_bias.h"
#include "training/network_tests/layers.h"

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
      {"net-gradient-fresh", "net-overfit-batch would not be passed by gradients that add up"},
      {"net-label-shuffle", "there are no targets of samples that could be shuffled"},
      {"net-planned-path", "training goes by the task's own steps"},
      {"net-devices", "training on CUDA acts on the CPU, and the two are not compared"}};
  return all;
}

/// The tests of a policy: random steps of the world, and what a network with weights as they were
/// drawn says is to come of them.
class PolicyTests {
 public:
  using Fresh = std::function<std::unique_ptr<DeepQ>(std::uint64_t seed)>;

  PolicyTests(Fresh fresh, std::uint64_t seed, const spec::NetworkTest& limits,
        const training::FitOptions& options, RunContext& run)
      : fresh_(std::move(fresh)), seed_(seed), limits_(limits), options_(options), run_(run) {
    options_.train_rows.resize(std::min(options.train_rows.size(), kTestedRows));
    const auto learner = fresh_(seed_);
    steps_ = random_steps(*learner, options_.train_rows, options_.seed, limits_.overfit_samples)
                 .to(learner->device());
    const auto& settings = options_.training.reinforcement;
    targets_ = targets_of(steps_, *learner, nullptr, settings.discount);
  }

  std::vector<Finding> run() const {
    const auto learner = fresh_(seed_);
    const auto& network = learner->network();
    std::vector<Finding> findings{
        test_worths(*learner, steps_),
        test_independence(*learner, steps_, limits_.independence_tolerance),
        training::test_initial_weights(network, fresh_(seed_ + 1)->network()),
        training::test_activations(network, inputs_of(*learner), options_.seed, limits_),
        signal_depth(),
        gradient_flow(),
        gradient_check(),
        training::test_idle_biases(network),
        parameters_move(),
        update_ratio(),
        overfit_batch(),
        input_dependence(),
        test_same_seed([&] { return after_brief_fit(); }),
        test_save_load(
            *learner, [&](const auto& file) { return DeepQ::load(file, run_); },
            learner->dataset().samples, options_.train_rows)};
    skip_rest(findings, not_of_policies());
    return findings;
  }

 private:
  model::Inputs inputs_of(const DeepQ& learner) const {
    return {learner.scaled(steps_.states), {}};
  }

  double step(QTraining& training, const torch::Tensor& targets) const {
    const auto& settings = options_.training;
    return training.step(steps_, targets, {settings.learning_rate, settings.momentum});
  }

  Finding signal_depth() const {
    const auto learner = fresh_(seed_);
    const auto loss = [&](const model::Inputs& worths) {
      return q_loss(worths.values, steps_, targets_);
    };
    return training::test_signal_depth(
        {learner->network(), inputs_of(*learner), loss, options_.seed}, limits_);
  }

  Finding gradient_flow() const {
    const auto learner = fresh_(seed_);
    QTraining training(*learner, options_, run_);
    step(training, targets_);
    return test_gradient_flow(learner->parameters());
  }

  Finding gradient_check() const {
    const auto wide = fresh_(seed_), learner = fresh_(seed_);
    const auto states = training::widened(steps_.states), targets = training::widened(targets_);
    training::jitter(wide->network().parameters());
    training::widen(wide->tensors());
    const training::ExactLoss exact{training::trained_parameters(wide->network()), [&] {
                                      torch::manual_seed(options_.seed);  // the same dropout
                                      return q_loss(wide->forward(states), steps_, targets);
                                    }};
    std::function<std::vector<torch::Tensor>()> single = [&] {
      training::jitter(learner->network().parameters());
      q_loss(learner->forward(steps_.states), steps_, targets_).backward();
      return training::trained_gradients(learner->network());
    };
    if (training::draws_numbers(learner->network(), inputs_of(*learner))) single = nullptr;
    return training::test_gradients(exact, single, limits_.gradient_tolerance);
  }

  Finding parameters_move() const {
    const auto learner = fresh_(seed_);
    QTraining training(*learner, options_, run_);
    return test_parameters_move(learner->parameters(), [&] { step(training, targets_); });
  }

  Finding update_ratio() const {
    const auto learner = fresh_(seed_);
    QTraining training(*learner, options_, run_);
    return training::test_update_ratio(
        learner->network(), [&] { step(training, targets_); }, options_.training.learning_rate,
        limits_);
  }

  Finding overfit_batch() const {
    const auto learner = fresh_(seed_);
    QTraining training(*learner, options_, run_);
    return test_overfit(learn_by_heart([&] { return step(training, targets_); }, limits_), limits_);
  }

  /// The targets of random steps are close to each other, and their mean is known without a state:
  /// here each step has one of its own, drawn at random.
  Finding input_dependence() const {
    const auto learner = fresh_(seed_);
    const auto& network = learner->network();
    std::vector<float> drawn(static_cast<std::size_t>(targets_.numel()));
    Rng rng(options_.seed, "targets by heart");
    for (float& number : drawn) number = static_cast<float>(rng.normal());
    const auto targets = torch::tensor(drawn).to(learner->device());

    QTraining training(*learner, options_, run_);
    const Course course = learn_by_heart([&] { return step(training, targets); }, limits_);
    training::DependenceSeen seen;
    seen.first = course.first;
    seen.last = course.last;
    const auto loss_with = [&](const model::Inputs& inputs) {
      const torch::NoGradGuard no_grad;
      network.set_mode(model::Network::Mode::kTrain);
      torch::manual_seed(options_.seed);
      return q_loss(network.forward(inputs.values), steps_, targets).item<double>();
    };
    training::see_dependence(inputs_of(*learner), loss_with, seen);
    seen.unread = training::unread_share(fresh_(seed_)->network(), inputs_of(*learner), 0);
    return training::judge_dependence(seen, limits_);
  }

  training::NamedTensors after_brief_fit() const {
    const auto learner = fresh_(seed_);
    auto brief = options_;
    brief.training.epochs = 1;
    brief.training.reinforcement.steps = kBriefSteps;
    brief.training.reinforcement.warm_up = kBriefSteps / 2;
    brief.checkpoint_folder.clear();
    brief.events_folder.clear();
    brief.after_epoch = nullptr;
    brief.validation_rows.clear();
    learner->fit(brief, run_);
    return learner->tensors();
  }

  Fresh fresh_;
  std::uint64_t seed_;
  const spec::NetworkTest& limits_;
  training::FitOptions options_;
  RunContext& run_;
  Transitions steps_;
  torch::Tensor targets_;
};

}  // namespace

std::vector<Finding> DeepQ::test_network(const spec::NetworkTest& limits,
                                         const training::FitOptions& options, RunContext& run) {
  const auto fresh = [&](std::uint64_t seed) {
    return std::make_unique<DeepQ>(world_, layers_, seed, dataset_, run.device);
  };
  return PolicyTests(fresh, seed_, limits, options, run).run();
}

}  // namespace dlwork::task
