#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/data/dataset.h"
#include "phase/features/matrix.h"

namespace dlwork::phase {

/// What pictures look like for linear models, which cannot find edges in pixels: histograms of
/// oriented gradients (Dalal and Triggs 2005) of 7 x 7 cells with 9 orientations that know no sign,
/// shared out between the nearest cells and orientations. A cell is divided by the energy of each
/// of the four blocks of 2 x 2 cells around it and cut at 0.2 (Felzenszwalb et al. 2010,
/// section 6.1); the mean of the four is kept. Pictures above 64 pixels a side are shrunk first; of
/// several channels the steepest counts. [rows.size(), 441], the same for any number of threads.
Matrix oriented_gradients(const data::Pictures& pictures, const std::vector<std::int64_t>& rows,
                          int threads);

}  // namespace dlwork::phase
