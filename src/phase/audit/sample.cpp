#include "phase/audit/sample.h"

#include "dlwork/data/weights.h"

namespace dlwork::phase::audit {

bool is_streamed(const spec::Project& project, const StreamLimits& limits) {
  constexpr double kMegabyte = 1e6;
  return limits.megabytes > 0 && project.data.environment.empty() &&
         static_cast<double>(data::table_bytes(project)) > limits.megabytes * kMegabyte;
}

data::Dataset load_for_audit(const spec::Project& project, const StreamLimits& limits,
                             Context& context, std::optional<data::Survey>& survey,
                             data::FileFacts& files) {
  if (!project.data.environment.empty()) {
    return std::move(*context.task.make_dataset(project, context.run));
  }
  if (!is_streamed(project, limits)) {
    files.band_energy = project.audit.thresholds.band_energy;
    files.silent_frame_level = project.audit.thresholds.silent_frame_level;
    data::Dataset dataset = data::load_with_facts(project, context.task.name(), context.run, files);
    data::refuse_weights(project, dataset.samples);
    return dataset;
  }
  survey.emplace();
  data::Dataset sample =
      data::load_sample(project, context.task.name(), limits.rows, context.run, *survey);
  data::refuse_weights(project, sample.samples);
  return sample;
}

}  // namespace dlwork::phase::audit
