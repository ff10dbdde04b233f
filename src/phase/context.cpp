#include "dlwork/phase/phase.h"

namespace dlwork::phase {

const data::Dataset& Context::dataset() {
  if (!loaded) loaded = task.make_dataset(project, run);
  return *loaded;
}

std::string Context::metric() const {
  return project.goal.metric.empty() ? task.default_metric() : project.goal.metric;
}

}  // namespace dlwork::phase
