#pragma once

#include <string>
#include <vector>

#include "dlwork/spec/project.h"

namespace dlwork::phase {

/// The catalogue entry of an id. Throws Error(kUsage) with the nearest id.
const spec::Analogy& find_analogy(const std::vector<spec::Analogy>& catalogue,
                                  const std::string& id);

/// Why data of this kind and task cannot take the entry, or "".
std::string why_unfit(const spec::Analogy& analogy, const std::string& kind,
                      const std::string& task);

/// One key that an entry lays under the project file.
struct LaidKey {
  std::string path;   ///< "training.epochs", "model.layers"
  std::string value;  ///< YAML flow text
};
std::vector<LaidKey> laid_keys(const spec::Analogy& analogy);

/// Sets `analogy: id` in the project file, comments and everything else kept.
void write_choice(const std::string& project_file, const std::string& id);

}  // namespace dlwork::phase
