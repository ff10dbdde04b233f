#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "phase_files.h"

/// Shows that limits of the project file act on planted findings.
namespace dlwork::testing {

inline double& limit(spec::AuditThresholds& thresholds, const std::string& key) {
#define THRESHOLD(finding, name, value, least, most, unit, help) \
  if (key == #name) return thresholds.name;
#include "dlwork/spec/audit_thresholds.def"
#undef THRESHOLD
  throw std::invalid_argument(key);
}

/// How often a finding is told of a column or "channel 2" ("": of any), and how gravely at most.
struct Told {
  int times = 0;
  artefact::Severity severity = artefact::Severity::kInfo;
};
inline Told told(const artefact::PhaseResult& result, const std::string& id,
                 const std::string& column) {
  Told told;
  for (const auto& finding : findings_of(result, id)) {
    const Json& evidence = finding.evidence;
    const std::string about = evidence.contains("channel") ? "channel " + evidence["channel"].dump()
                                                           : evidence.value("column", "");
    if (!column.empty() && about != column) continue;
    ++told.times;
    told.severity = std::max(told.severity, finding.severity);
  }
  return told;
}

enum class Becomes { kGone, kTold, kInfo, kWarn, kError };

/// A limit that takes a finding away, or changes how grave it is. In one round all its limits are
/// set at once: each decides on another finding.
struct Case {
  int round;
  const char* key;
  double value;
  const char* finding;
  const char* column;
  Becomes becomes;
};

inline void expect_changed(const Case& each, const artefact::PhaseResult& before,
                           const artefact::PhaseResult& after) {
  SCOPED_TRACE(each.key);
  const Told was = told(before, each.finding, each.column);
  const Told is = told(after, each.finding, each.column);
  if (each.becomes == Becomes::kTold) {
    EXPECT_EQ(was.times, 0);
    EXPECT_GT(is.times, 0);
    return;
  }
  EXPECT_GT(was.times, 0);
  if (each.becomes == Becomes::kGone) {
    EXPECT_EQ(is.times, 0);
    return;
  }
  using artefact::Severity;
  const std::map<Becomes, Severity> severities{{Becomes::kInfo, Severity::kInfo},
                                               {Becomes::kWarn, Severity::kWarn},
                                               {Becomes::kError, Severity::kError}};
  EXPECT_GT(is.times, 0);
  EXPECT_NE(was.severity, severities.at(each.becomes));
  EXPECT_EQ(is.severity, severities.at(each.becomes));
}

/// Audits again with the limits of each round, and looks at every case.
inline void run_rounds(PhaseOverFiles& phase, const artefact::PhaseResult& before,
                       const std::vector<Case>& cases) {
  for (const auto& finding : before.findings) EXPECT_TRUE(finding.checked) << finding.message;
  int rounds = 0;
  for (const Case& each : cases) rounds = std::max(rounds, each.round);
  for (int round = 1; round <= rounds; ++round) {
    phase.project.audit.thresholds = {};
    for (const Case& each : cases) {
      if (each.round == round) limit(phase.project.audit.thresholds, each.key) = each.value;
    }
    const auto after = phase.run("audit");
    for (const Case& each : cases) {
      if (each.round == round) expect_changed(each, before, after);
    }
  }
  phase.project.audit.thresholds = {};
}
inline void run_rounds(PhaseOverFiles& phase, const std::vector<Case>& cases) {
  run_rounds(phase, phase.run("audit"), cases);
}

}  // namespace dlwork::testing
