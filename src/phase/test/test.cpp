#include "dlwork/base/text.h"
#include "phase/measuring.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::PhaseResult;
using artefact::Severity;

namespace {

/// Tests one network; its findings say which it was.
std::vector<Finding> test_one(Context& context, const spec::Model& model,
                              const std::string& which) {
  auto learner = context.task.make_learner(context.project, context.dataset(), model,
                                           derive_seed(context.project.seed, which), context.run);
  auto options = fit_options(context, context.project.training, "test: " + which,
                             derive_seed(context.project.seed, "test"));
  options.checkpoint_folder.clear();
  auto findings = learner->test_network(context.project.test, options, context.run);
  for (Finding& finding : findings) {
    finding.message = which + ": " + finding.message;
    finding.evidence["network"] = which;
  }
  return findings;
}

bool failed(const Finding& finding) {
  return finding.severity == Severity::kError || !finding.checked;
}

}  // namespace

PhaseResult run_test(Context& context) {
  PhaseResult result;
  const bool own_baseline = !context.project.baseline.model.layers.empty();
  if (own_baseline) {
    result.findings = test_one(context, context.project.baseline.model, "baseline network");
  }
  const auto model = test_one(context, context.project.model, "network");
  result.findings.insert(result.findings.end(), model.begin(), model.end());

  std::int64_t wrong = 0, skipped = 0;
  for (const Finding& finding : result.findings) {
    wrong += failed(finding) ? 1 : 0;
    skipped += finding.skipped.empty() ? 0 : 1;
  }
  const auto total = static_cast<std::int64_t>(result.findings.size()) - skipped;
  result.headline = std::to_string(total - wrong) + " of " + std::to_string(total) +
                    " network tests pass" +
                    (skipped > 0 ? ", " + std::to_string(skipped) + " do not apply" : "") +
                    (own_baseline ? " (baseline network and network)" : "");
  result.values["tests"] = total;
  result.values["failed"] = wrong;
  result.values["skipped"] = skipped;
  result.next = wrong == 0
                    ? artefact::NextStep{"dlwork baseline", "the network is sound"}
                    : artefact::NextStep{"dlwork test", "mend the network first, then again"};
  return result;
}

}  // namespace dlwork::phase
