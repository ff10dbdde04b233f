#pragma once

#include "dlwork/phase/phase.h"

namespace dlwork::phase {

/// From which size on tables are gone through once, and rows drawn from them stand for the whole
/// where samples are compared.
struct StreamLimits {
  double megabytes = 50;       ///< of all sources; 0: never
  std::int64_t rows = 100000;  ///< drawn of each source, parts given as numbers of rows apart
};

bool is_streamed(const spec::Project& project, const StreamLimits& limits);

/// Rows of each source of the tables, drawn with the seed, as a data set of their own; `survey`
/// tells of every row. Throws as `load_dataset` does, and where the data have sample weights.
data::Dataset load_drawn(const spec::Project& project, const StreamLimits& limits, Context& context,
                         data::Survey& survey);

}  // namespace dlwork::phase
