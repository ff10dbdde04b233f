#include "task/own_tests.h"

#include <set>

#include "dlwork/base/temporary_folder.h"
#include "dlwork/base/text.h"
#include "training/network_tests/layers.h"
#include "training/network_tests/tests.h"

namespace dlwork::task {
namespace {

using artefact::Finding;
using artefact::Severity;

bool same_bits(const NamedTensors& a, const NamedTensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!torch::equal(a[i].second, b[i].second)) return false;
  }
  return a.size() == b.size();
}

}  // namespace

Finding tested(const std::string& id, bool passed, const std::string& message, Json evidence) {
  return artefact::make_finding(id, passed ? Severity::kInfo : Severity::kError, message,
                                std::move(evidence));
}

Finding test_gradient_flow(const NamedTensors& parameters) {
  std::vector<std::string> broken;
  for (const auto& [name, tensor] : parameters) {
    const auto& gradient = tensor.grad();
    const bool flows = gradient.defined() && gradient.isfinite().all().item<bool>() &&
                       gradient.abs().max().item<double>() > 0;
    if (!flows) broken.push_back(name);
  }
  if (!broken.empty()) {
    return tested("net-gradient-flow", false, "no finite gradient reaches " + join_words(broken),
                  {{"parameters", broken}});
  }
  return tested("net-gradient-flow", true,
                "a finite gradient that is not zero reaches all " +
                    std::to_string(parameters.size()) + " parameters");
}

Finding test_parameters_move(const NamedTensors& parameters, const std::function<void()>& step) {
  std::vector<torch::Tensor> before;
  for (const auto& [name, tensor] : parameters) before.push_back(tensor.detach().clone());
  step();
  std::vector<std::string> still;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (torch::equal(parameters[i].second, before[i])) still.push_back(parameters[i].first);
  }
  return tested("net-parameters-move", still.empty(),
                still.empty()
                    ? "all " + std::to_string(before.size()) + " parameters change in one step"
                    : join_words(still) + " did not change in one step",
                {{"parameters", still}});
}

Course learn_by_heart(const std::function<double()>& step, const spec::NetworkTest& limits) {
  Course course;
  course.first = course.last = step();
  course.steps = 1;
  while (course.steps < limits.overfit_steps &&
         course.last >= limits.overfit_loss_ratio * course.first &&
         !training::learns_nothing(course.steps, course.last / course.first, limits)) {
    course.last = step();
    ++course.steps;
  }
  return course;
}

Finding test_overfit(const Course& course, const spec::NetworkTest& limits) {
  const auto& [first, last, steps] = course;
  return tested("net-overfit-batch", last < limits.overfit_loss_ratio * first,
                "the loss of one batch goes from " + pretty_number(first) + " to " +
                    pretty_number(last) + " in " + std::to_string(steps) + " steps",
                {{"first", first}, {"last", last}, {"steps", steps}});
}

Finding test_same_seed(const std::function<NamedTensors()>& fitted) {
  const bool same = same_bits(fitted(), fitted());
  return tested("net-same-seed", same,
                same ? "two fits of one seed end with the same bits"
                     : "two fits of one seed end with different numbers");
}

Finding test_save_load(
    training::Learner& learner,
    const std::function<std::unique_ptr<training::Learner>(const std::filesystem::path&)>& load,
    const data::Samples& samples, const std::vector<std::int64_t>& rows) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "model.safetensors";
  learner.save(file);
  const auto before = learner.predict(samples, rows);
  const auto after = load(file)->predict(samples, rows);
  const bool same = before.values == after.values;
  return tested("net-save-load", same,
                same ? "read back from its file it says the same, to the bit"
                     : "read back from its file it says something else");
}

void skip_rest(std::vector<Finding>& findings, const std::vector<NotApplied>& not_applied) {
  for (const auto& [id, why] : not_applied) findings.push_back(training::skip(id, why));
  std::set<std::string> told;
  for (const Finding& finding : findings) {
    DLWORK_ASSERT(told.insert(finding.id).second, "a network test is told of once");
  }
  for (const auto& test : training::all_network_tests()) {
    DLWORK_ASSERT(told.count(test.id) == 1, "a network test that does not apply says why");
  }
}

}  // namespace dlwork::task
