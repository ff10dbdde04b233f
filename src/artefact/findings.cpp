#include "dlwork/artefact/result.h"

namespace dlwork::artefact {

const std::vector<FindingInfo>& finding_infos() {
  static const std::vector<FindingInfo> infos{
#define FINDING(id, phase, meaning, advice) {id, phase, meaning, advice},
#include "dlwork/artefact/findings.def"
#undef FINDING
  };
  return infos;
}

const FindingInfo* find_finding(const std::string& id) {
  for (const FindingInfo& info : finding_infos()) {
    if (info.id == id) return &info;
  }
  return nullptr;
}

Finding make_finding(const std::string& id, Severity severity, const std::string& message,
                     Json evidence) {
  const FindingInfo* info = find_finding(id);
  DLWORK_ASSERT(info != nullptr, ("finding '" + id + "' is not in findings.def").c_str());
  Finding finding;
  finding.id = id;
  finding.severity = severity;
  finding.message = message;
  finding.advice = info->advice;
  finding.evidence = std::move(evidence);
  return finding;
}

Standing standing_of(const Finding& finding) {
  if (!finding.waived.empty()) return Standing::kWaived;
  if (!finding.checked) return Standing::kUnchecked;
  switch (finding.severity) {
    case Severity::kError:
      return Standing::kError;
    case Severity::kWarn:
      return Standing::kWarn;
    case Severity::kInfo:
      return Standing::kInfo;
  }
  assertion_failed("severity", "a severity outside of its enumeration", __FILE__, __LINE__);
}

Verdict verdict_of(const std::vector<Finding>& findings) {
  Verdict verdict = Verdict::kPass;
  for (const Finding& finding : findings) {
    if (!finding.waived.empty()) continue;
    if (!finding.checked || finding.severity == Severity::kError) return Verdict::kFail;
    if (finding.severity == Severity::kWarn) verdict = Verdict::kWarn;
  }
  return verdict;
}

}  // namespace dlwork::artefact
