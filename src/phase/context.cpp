#include "dlwork/data/weights.h"
#include "dlwork/phase/phase.h"

namespace dlwork::phase {

const data::Dataset& Context::dataset() {
  if (!loaded) {
    loaded = std::make_unique<data::Dataset>(data::load_dataset(project, task.name(), run));
    data::refuse_weights(project, loaded->samples);
  }
  return *loaded;
}

std::string Context::metric() const {
  return project.goal.metric.empty() ? task.default_metric() : project.goal.metric;
}

}  // namespace dlwork::phase
