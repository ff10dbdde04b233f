#include "phase/readiness/audited.h"

#include <algorithm>

#include "dlwork/artefact/fingerprint.h"
#include "dlwork/base/text.h"
#include "dlwork/phase/phase_info.h"

namespace dlwork::phase {
namespace {

using artefact::Finding;
using artefact::Severity;

/// An audit of data that have been mended or split anew since says nothing of those there are.
bool is_audit_current(const Context& context) {
  const auto states = context.workspace.states();
  const auto audit = states.find("audit");
  const auto info = std::find_if(phases().begin(), phases().end(),
                                 [](const PhaseInfo& each) { return each.name == "audit"; });
  if (audit == states.end() || info == phases().end()) return false;
  const auto now = artefact::phase_inputs(info->name, info->sections, info->needs, context.project,
                                          states, context.dataset_fingerprint);
  return artefact::changed_inputs(audit->second.inputs, now).empty();
}

bool needs_more_than(const Finding& curve, double samples) {
  const auto needed = curve.evidence.find("samples_for_goal");
  if (needed == curve.evidence.end() || !needed->is_array() || needed->empty()) return false;
  return !needed->front().is_number() || needed->front().get<double>() > samples;
}

}  // namespace

std::string Audited::text() const {
  std::string text;
  if (!errors.empty()) text += "; the audit has errors: " + join_words(errors);
  if (times_more > 0) {
    text += "; by the audit's learning curve a classical model needs more than " +
            pretty_number(times_more) + " times the samples";
  }
  return text;
}

Audited newest_audit(Context& context) {
  Audited audited;
  if (!is_audit_current(context)) return audited;
  const auto audit = context.workspace.latest("audit");
  if (!audit) return audited;
  const double most = context.project.audit.thresholds.curve_more_most;
  const auto samples = static_cast<double>(context.population(data::Part::kTrain));
  for (const Finding& finding : audit->findings) {
    const bool counts = finding.severity == Severity::kError && finding.waived.empty();
    const bool listed =
        std::find(audited.errors.begin(), audited.errors.end(), finding.id) != audited.errors.end();
    if (counts && !listed) audited.errors.push_back(finding.id);
    if (finding.id == "train-size-curve" && needs_more_than(finding, most * samples)) {
      audited.times_more = most;
    }
  }
  return audited;
}

}  // namespace dlwork::phase
