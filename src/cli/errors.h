#pragma once

#include "cli/session.h"
#include "dlwork/base/error.h"

namespace dlwork::cli {

/// The errors for a person: one `file:line:col: error: key: what (hint)` each, with the line it is
/// about and a mark under the place where the file can be read.
void show_error(const Error& error, const Invocation& invocation, std::ostream& err, bool colour);

/// {"schema": "dlwork/error/1", "status": 2, "diagnostics": [...]}.
Json error_document(const Error& error);

}  // namespace dlwork::cli
