#include "phase/audit/sample.h"

#include "dlwork/data/weights.h"

namespace dlwork::phase::audit {

data::Dataset load_for_audit(const spec::Project& project, const StreamLimits& limits,
                             Context& context, std::optional<data::Survey>& survey,
                             data::FileFacts& files) {
  if (!project.data.environment.empty()) {
    return std::move(*context.task.make_dataset(project, context.run));
  }
  if (is_streamed(project, limits)) {
    return load_drawn(project, limits, context, survey.emplace());
  }
  files.band_energy = project.audit.thresholds.band_energy;
  files.silent_frame_level = project.audit.thresholds.silent_frame_level;
  data::Dataset dataset = data::load_with_facts(project, context.task.name(), context.run, files);
  data::refuse_weights(project, dataset.samples);
  return dataset;
}

}  // namespace dlwork::phase::audit
