#include "dlwork/spec/audit_thresholds.h"

namespace dlwork::spec {

const std::vector<AuditThreshold>& audit_thresholds() {
  static const std::vector<AuditThreshold> all{
#define THRESHOLD(finding, key, value, least, most, unit, help) {finding, #key, value, unit, help},
#include "dlwork/spec/audit_thresholds.def"
#undef THRESHOLD
  };
  return all;
}

}  // namespace dlwork::spec
