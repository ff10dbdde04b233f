#pragma once

#include <string>

#include "phase/audit/check.h"

namespace dlwork::phase::audit {

/// "height (cm)" where data.columns gives a unit, else the name alone.
inline std::string name_with_unit(const Audit& audit, const std::string& name) {
  const auto& columns = audit.context.project.data.columns;
  const auto declared = columns.find(name);
  const bool has_unit = declared != columns.end() && !declared->second.unit.empty();
  return has_unit ? name + " (" + declared->second.unit + ")" : name;
}

}  // namespace dlwork::phase::audit
