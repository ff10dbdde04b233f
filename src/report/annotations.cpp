#include "dlwork/report/render.h"
#include "report/escape.h"
#include "report/summary.h"

namespace dlwork::report {
namespace {

using artefact::Finding;

std::string command_of(Standing standing) {
  switch (standing) {
    case Standing::kError:
    case Standing::kUnchecked:
      return "error";
    case Standing::kWarn:
      return "warning";
    case Standing::kWaived:
    case Standing::kInfo:
      break;
  }
  return "notice";
}

std::string annotation(const Finding& finding) {
  std::string line = "::" + command_of(standing_of(finding));
  line += " file=" + annotation_property(finding.at.file);
  if (finding.at.line > 0) line += ",line=" + std::to_string(finding.at.line);
  if (finding.at.line > 0 && finding.at.column > 0) {
    line += ",col=" + std::to_string(finding.at.column);
  }
  line += ",title=" + annotation_property(finding.id);
  std::string message = message_text(finding);
  if (const std::string advice = advice_of(finding); !advice.empty()) message += "\n" + advice;
  return line + "::" + annotation_message(message) + "\n";
}

}  // namespace

// GitHub shows only the first ten of a kind, so those of all results come in order of severity.
std::string to_annotations(const std::vector<artefact::PhaseResult>& results) {
  std::vector<Finding> placed;
  for (const auto& result : results) {
    for (const Finding& finding : result.findings) {
      if (!finding.at.file.empty() && finding.waived.empty()) placed.push_back(finding);
    }
  }
  std::string lines;
  for (const Finding* finding : in_order(placed)) lines += annotation(*finding);
  return lines;
}

}  // namespace dlwork::report
