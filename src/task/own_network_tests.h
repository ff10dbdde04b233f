#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "task/own_tests.h"
#include "training/network_learner.h"

namespace dlwork::task {

/// A network with a loss of its task's own, for its unit tests.
struct OwnNetwork {
  /// Made anew, the same each time.
  std::function<std::unique_ptr<training::NetworkLearner>()> fresh;
  std::function<std::unique_ptr<training::Learner>(const std::filesystem::path&)> load;
  /// What the first loss should be near; nothing: "net-initial-loss" is among `not_applied`.
  std::optional<double> first_loss{};
  /// Tests that do not apply to the task, beside those that apply to no such network: not run.
  std::vector<NotApplied> not_applied{};
};

/// The network tests of such a learner: shape, finite numbers, independence of samples, padding,
/// mode of evaluation, first loss, initial weights, activations, gradients, steps, what it learns
/// by heart, seeds and files. Supervised networks are tested by the same code where layers, a batch
/// and its loss are all that a test looks at.
std::vector<artefact::Finding> test_own_network(const OwnNetwork& network,
                                                const spec::NetworkTest& limits,
                                                const training::FitOptions& options,
                                                RunContext& run);

}  // namespace dlwork::task
