#include "phase/streamed.h"

#include <cmath>

#include "dlwork/data/weights.h"

namespace dlwork::phase {
namespace {

/// Parts that are given as numbers of rows are drawn beside `rows`, or nothing might be left of
/// these to train on.
std::int64_t rows_to_draw(const spec::Data& data, std::int64_t rows) {
  for (const spec::Source* part : {&data.validation, &data.test}) {
    if (part->amount && !part->amount->is_fraction) rows += std::llround(part->amount->value);
  }
  return rows;
}

}  // namespace

bool is_streamed(const spec::Project& project, const StreamLimits& limits) {
  constexpr double kMegabyte = 1e6;
  return limits.megabytes > 0 && project.data.environment.empty() &&
         static_cast<double>(data::table_bytes(project)) > limits.megabytes * kMegabyte;
}

data::Dataset load_drawn(const spec::Project& project, const StreamLimits& limits, Context& context,
                         data::Survey& survey) {
  const std::int64_t rows = rows_to_draw(project.data, limits.rows);
  data::Dataset sample = data::load_sample(project, context.task.name(), rows, context.run, survey);
  data::refuse_weights(project, sample.samples);
  return sample;
}

}  // namespace dlwork::phase
