#include "dlwork/data/weights.h"

#include "data/problem.h"

namespace dlwork::data {

void refuse_weights(const spec::Project& project, const Samples& samples) {
  if (samples.weights.empty()) return;
  for (const auto& [name, column] : project.data.columns) {
    if (column.type != "weight") continue;
    usage_error(project, "data.columns." + name,
                "is of type weight, but losses, metrics and statistics do not take sample weights "
                "into account",
                "set its type to ignore, and repeat the rows that count more");
  }
}

}  // namespace dlwork::data
