#include "phase/audit/check.h"

namespace dlwork::phase::audit {

using artefact::Severity;

void check_unreadable(Audit& audit) {
  const auto& files = audit.files.unreadable;
  if (files.empty()) return;
  Json listed = Json::array();
  for (const data::UnreadableFile& file : files) {
    listed.push_back({{"file", file.file}, {"reason", file.reason}});
  }
  audit.add("unreadable-record", Severity::kError,
            count_of(files.size()) + (files.size() == 1 ? " file or record" : " files or records") +
                " cannot be read and are left out of this audit, the first " + files.front().file +
                ": " + files.front().reason,
            {{"samples", files.size()}, {"files", std::move(listed)}});
}

}  // namespace dlwork::phase::audit
