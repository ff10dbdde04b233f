#include "phase/waivers.h"

#include "dlwork/base/text.h"

namespace dlwork::phase {

using artefact::Finding;
using artefact::Severity;

namespace {

std::string unknown_text(const std::string& id) {
  std::vector<std::string> known;
  for (const auto& info : artefact::finding_infos()) known.push_back(info.id);
  const std::string near = dlwork::nearest(id, known);
  return "accept names '" + id + "', which is no finding" +
         (near.empty() ? "" : " (did you mean " + near + "?)");
}

/// What the message of a finding gets whose waiver is over.
std::string expired_text(const spec::Waiver& waiver) {
  return " (accepted until " + waiver.until + ", which is over: " + waiver.reason + ")";
}

void apply_waiver(const spec::Waiver& waiver, const std::string& today,
                  std::vector<Finding>& findings) {
  const bool expired = !waiver.until.empty() && waiver.until < today;
  for (Finding& finding : findings) {
    const bool counts = finding.checked && finding.severity != Severity::kInfo;
    if (finding.id != waiver.finding || !counts) continue;
    if (!expired) {
      finding.waived = waiver.reason.empty() ? "accepted" : waiver.reason;
    } else if (!finding.message.ends_with(expired_text(waiver))) {
      finding.message += expired_text(waiver);
    }
  }
}

}  // namespace

void apply_waivers(const std::vector<spec::Waiver>& waivers, const std::string& today,
                   std::vector<Finding>& findings) {
  for (const spec::Waiver& waiver : waivers) apply_waiver(waiver, today, findings);
}

std::vector<Finding> check_waivers(const std::vector<spec::Waiver>& waivers,
                                   const std::string& project_file) {
  std::vector<Finding> findings;
  for (const spec::Waiver& waiver : waivers) {
    if (artefact::find_finding(waiver.finding) != nullptr) continue;
    findings.push_back(artefact::make_finding("waiver-unknown", Severity::kWarn,
                                              unknown_text(waiver.finding),
                                              {{"finding", waiver.finding}}));
    findings.back().key = "accept";
    findings.back().at.file = project_file;
  }
  return findings;
}

}  // namespace dlwork::phase
