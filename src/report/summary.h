#pragma once

#include <string>
#include <vector>

#include "dlwork/artefact/result.h"

/// What all renderers say in the same words.
namespace dlwork::report {

using artefact::Standing;
using artefact::standing_of;
/// "error", "error", "warn", "waived", "info".
std::string standing_word(Standing standing);

/// Errors first, then warnings, waived findings and information; else in the order given.
std::vector<const artefact::Finding*> in_order(const std::vector<artefact::Finding>& findings);
/// "1 error, 2 warnings, 8 notes"; "" without findings.
std::string finding_counts(const std::vector<artefact::Finding>& findings);

/// "PASS", "WARN", "FAIL".
std::string verdict_word(artefact::Verdict verdict);
/// The worst of all; pass where there are none.
artefact::Verdict worst_verdict(const std::vector<artefact::PhaseResult>& results);

/// "project.yaml:12:3", leaving out what is unknown.
std::string place_text(const Location& at);
/// The message, told to be unchecked where it is.
std::string message_text(const artefact::Finding& finding);
/// What to do about a finding, or "". Information says what its check would have advised had it
/// failed, unless the check gave an advice of its own; of a diagnosis it is a result, with what
/// follows from it.
std::string advice_of(const artefact::Finding& finding);
/// "1 row", "3 rows".
std::string counted(std::int64_t count, const std::string& noun);

/// With as many decimals for figures of like size, so that columns line up: "0.9250", "12.300".
std::string metric_number(double value);
/// "0.9187 to 0.9301", or "" without an interval.
std::string interval_text(const artefact::Metric& metric);
/// Metrics as a table; columns in which nothing stands are left out.
artefact::Table metrics_table(const std::vector<artefact::Metric>& metrics);

/// Seconds the run took as its record tells, or 0.
double seconds_of(const artefact::PhaseResult& result);

}  // namespace dlwork::report
