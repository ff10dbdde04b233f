#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"

namespace dlwork::report {

inline artefact::Finding finding(const std::string& id, artefact::Severity severity,
                                 const std::string& message, const std::string& advice = "") {
  artefact::Finding made;
  made.id = id;
  made.severity = severity;
  made.message = message;
  made.advice = advice;
  return made;
}

inline artefact::Finding placed(artefact::Finding made, const std::string& file, int line,
                                int column, const std::string& key = "") {
  made.at = {file, line, column};
  made.key = key;
  return made;
}

inline artefact::PhaseResult result_of(const std::string& phase, artefact::Verdict verdict,
                                       const std::string& headline) {
  artefact::PhaseResult made;
  made.phase = phase;
  made.verdict = verdict;
  made.headline = headline;
  return made;
}

/// One error, one warning, one waived and one unchecked finding and one note, out of order.
inline artefact::PhaseResult audited() {
  using artefact::Severity;
  artefact::PhaseResult made =
      result_of("audit", artefact::Verdict::kFail, "2 errors in 70,000 samples");
  made.findings.push_back(finding("counts", Severity::kInfo, "60,000 training samples"));
  made.findings.push_back(placed(
      finding("range", Severity::kWarn, "values from 0 to 255", "Scale."), "project.yaml", 9, 0));
  made.findings.push_back(
      placed(finding("overlap", Severity::kError, "312 samples in both parts", "Split by hash."),
             "project.yaml", 22, 5, "data.split"));
  artefact::Finding waived =
      finding("balance", Severity::kError, "one class has 6 %", "Weight it.");
  waived.waived = "as in the field";
  made.findings.push_back(waived);
  artefact::Finding unchecked =
      finding("pca", Severity::kInfo, "out of memory", "Take fewer rows.");
  unchecked.checked = false;
  made.findings.push_back(unchecked);
  made.next = {"dlwork audit", "mend the split first"};
  made.record = {{"seconds", 12.5}};
  return made;
}

}  // namespace dlwork::report
