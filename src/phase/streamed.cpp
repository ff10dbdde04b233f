#include "phase/streamed.h"

#include "dlwork/data/weights.h"

namespace dlwork::phase {

bool is_streamed(const spec::Project& project, const StreamLimits& limits) {
  constexpr double kMegabyte = 1e6;
  return limits.megabytes > 0 && project.data.environment.empty() &&
         static_cast<double>(data::table_bytes(project)) > limits.megabytes * kMegabyte;
}

data::Dataset load_drawn(const spec::Project& project, const StreamLimits& limits, Context& context,
                         data::Survey& survey) {
  data::Dataset sample =
      data::load_sample(project, context.task.name(), limits.rows, context.run, survey);
  data::refuse_weights(project, sample.samples);
  return sample;
}

}  // namespace dlwork::phase
