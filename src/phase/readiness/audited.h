#pragma once

#include <string>
#include <vector>

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// What the newest audit says against training on the data as they are. Nothing where none has
/// looked at these data files with these settings yet.
struct Audited {
  std::vector<std::string> errors;  ///< ids of findings that nobody accepts, once each
  /// The goal needs more training samples than so many times those there are, by the audit's
  /// learning curve of a classical model; 0 where it does not say so.
  double times_more = 0;
  /// "; the audit has errors: leak-target-copy; ..." or "".
  std::string text() const;
};
Audited newest_audit(Context& context);

}  // namespace dlwork::phase
