#include "phase/audit/sample.h"

#include "dlwork/data/weights.h"

namespace dlwork::phase::audit {

bool is_streamed(const spec::Project& project, const StreamLimits& limits) {
  constexpr double kMegabyte = 1e6;
  return limits.megabytes > 0 && project.data.environment.empty() &&
         static_cast<double>(data::table_bytes(project)) > limits.megabytes * kMegabyte;
}

data::Dataset load_for_audit(const spec::Project& project, const StreamLimits& limits,
                             Context& context, std::optional<data::Survey>& survey) {
  if (!is_streamed(project, limits)) {
    return std::move(*context.task.make_dataset(project, context.run));
  }
  survey.emplace();
  data::Dataset sample =
      data::load_sample(project, context.task.name(), limits.rows, context.run, *survey);
  data::refuse_weights(project, sample.samples);
  return sample;
}

}  // namespace dlwork::phase::audit
