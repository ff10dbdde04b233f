#pragma once

#include "dlwork/artefact/result.h"
#include "dlwork/data/dataset.h"
#include "dlwork/training/learner.h"

namespace dlwork::task {

/// How far pairs of one class and pairs of two are apart, and the vectors by their first two
/// principal components; of some of the rows where there are many.
std::vector<artefact::Figure> similarity_figures(const training::Outputs& vectors,
                                                 const data::Dataset& dataset,
                                                 const std::vector<std::int64_t>& rows);

}  // namespace dlwork::task
