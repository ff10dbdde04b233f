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
  const double share =
      share_of(files.size(), static_cast<std::size_t>(audit.samples().count) + files.size());
  const bool many = share > audit.limits().unreadable_share;
  audit.add("unreadable-record", many ? Severity::kError : Severity::kWarn,
            count_of(files.size()) + (files.size() == 1 ? " file or record" : " files or records") +
                " cannot be read and are left out of this audit, the first " + files.front().file +
                ": " + files.front().reason,
            {{"samples", files.size()}, {"share", share}, {"files", std::move(listed)}});
}

}  // namespace dlwork::phase::audit
