#pragma once

#include <string>
#include <vector>

namespace dlwork::spec {

/// One line of audit_thresholds.def.
struct AuditThreshold {
  std::string finding;  ///< that it decides on
  std::string key;      ///< under audit.thresholds
  double value = 0;     ///< the default
  std::string unit;
  std::string help;
};
const std::vector<AuditThreshold>& audit_thresholds();

}  // namespace dlwork::spec
