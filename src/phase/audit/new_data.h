#pragma once

#include <string>
#include <vector>

#include "dlwork/base/json.h"
#include "dlwork/data/file_facts.h"
#include "dlwork/phase/phase.h"

namespace dlwork::phase::audit {

/// Data that came after training.
struct NewData {
  data::Dataset dataset;  ///< all samples are in the part kTrain
  data::FileFacts files;
  std::vector<std::string> columns;  ///< of the file of a table, as it names them
};

/// Reads `path` as the project's data are read, its columns as far as `profile` has them; nothing
/// needs a target. Throws Error(kInput) where it cannot be read so.
NewData read_new(Context& context, const std::string& path, const Json& profile);

}  // namespace dlwork::phase::audit
