#pragma once

#include "spec/reader.h"

namespace dlwork::spec {

/// The rules between keys, after all of them are read. Notes problems at the places in `record`,
/// or at `otherwise` for what has none. Fills in what follows from a key's type: a tuned key of
/// whole numbers is searched in whole numbers.
void validate(Project& project, const Record& record, const Location& otherwise,
              Diagnostics& problems);

}  // namespace dlwork::spec
