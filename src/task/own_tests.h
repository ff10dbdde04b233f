#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dlwork/artefact/result.h"
#include "dlwork/training/learner.h"
#include "training/own_model.h"

/// Unit tests of learners that are no supervised networks; ids are those of the supervised ones.
namespace dlwork::task {

using training::NamedTensors;

/// A finding that passed, or an error.
artefact::Finding tested(const std::string& id, bool passed, const std::string& message,
                         Json evidence = Json::object());

/// "net-gradient-flow": after a backward pass every tensor has a finite gradient that is not zero.
artefact::Finding test_gradient_flow(const NamedTensors& parameters);

/// "net-parameters-move": one step changes every tensor.
artefact::Finding test_parameters_move(const NamedTensors& parameters,
                                       const std::function<void()>& step);

/// The loss of one batch while it is learned by heart.
struct Course {
  double first = 0, last = 0;
  std::int64_t steps = 0;
};
/// Until the loss is below test.overfit_loss_ratio of the first, or test.overfit_steps are over, or
/// it learns nothing.
Course learn_by_heart(const std::function<double()>& step, const spec::NetworkTest& limits);
/// "net-overfit-batch": steps on one batch bring its loss below a share of where it began.
artefact::Finding test_overfit(const Course& course, const spec::NetworkTest& limits);

/// "net-same-seed": two learners made alike have the same bits after a short fit.
artefact::Finding test_same_seed(const std::function<NamedTensors()>& fitted);

/// "net-save-load": a learner read back from its file says the same of `rows`, to the bit.
artefact::Finding test_save_load(
    training::Learner& learner,
    const std::function<std::unique_ptr<training::Learner>(const std::filesystem::path&)>& load,
    const data::Samples& samples, const std::vector<std::int64_t>& rows);

/// Why a network test does not apply to a learner.
struct NotApplied {
  const char* id;
  const char* why;
};
/// Adds a skipped finding for each test of `not_applied`; every network test has to be in the
/// findings then.
void skip_rest(std::vector<artefact::Finding>& findings,
               const std::vector<NotApplied>& not_applied);

}  // namespace dlwork::task
