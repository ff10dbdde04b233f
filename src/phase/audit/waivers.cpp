#include "phase/audit/waivers.h"

#include "dlwork/base/text.h"

namespace dlwork::phase::audit {

using artefact::Finding;
using artefact::Severity;

namespace {

Finding misplaced(const spec::Waiver& waiver, const std::string& project_file,
                  const std::string& message) {
  Finding finding = artefact::make_finding("waiver-unknown", Severity::kWarn, message,
                                           {{"finding", waiver.finding}});
  finding.key = "accept";
  finding.at.file = project_file;
  return finding;
}

std::string unknown_text(const std::string& id) {
  std::vector<std::string> known;
  for (const auto& info : artefact::finding_infos()) {
    if (info.phase == "audit") known.push_back(info.id);
  }
  const std::string near = dlwork::nearest(id, known);
  return "accept names '" + id + "', which is no finding" +
         (near.empty() ? "" : " (did you mean " + near + "?)");
}

void apply(const spec::Waiver& waiver, const std::string& today, std::vector<Finding>& findings) {
  const bool expired = !waiver.until.empty() && waiver.until < today;
  for (Finding& finding : findings) {
    if (finding.id != waiver.finding || !finding.checked) continue;
    if (expired) {
      finding.message += " (accepted until " + waiver.until + ", which is over: " + waiver.reason + ")";
    } else {
      finding.waived = waiver.reason.empty() ? "accepted" : waiver.reason;
    }
  }
}

}  // namespace

void apply_waivers(const std::vector<spec::Waiver>& waivers, const std::string& project_file,
                   const std::string& today, std::vector<Finding>& findings) {
  std::vector<Finding> wrong;
  for (const spec::Waiver& waiver : waivers) {
    const auto* info = artefact::find_finding(waiver.finding);
    if (info == nullptr) {
      wrong.push_back(misplaced(waiver, project_file, unknown_text(waiver.finding)));
    } else if (info->phase != "audit") {
      wrong.push_back(misplaced(waiver, project_file,
                                "accept names '" + waiver.finding + "', a finding of " +
                                    info->phase + "; only the audit's can be accepted"));
    } else {
      apply(waiver, today, findings);
    }
  }
  for (Finding& finding : wrong) findings.push_back(std::move(finding));
}

}  // namespace dlwork::phase::audit
