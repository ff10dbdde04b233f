#pragma once

#include "dlwork/task/task.h"

namespace dlwork::task {

/// The most frequent text of `fit_rows`, or none at all, for every row: whichever is fewer edits
/// away from the texts of `fit_rows`.
Rival most_frequent_text(const data::Dataset& dataset, const std::vector<std::int64_t>& fit_rows,
                         const std::vector<std::int64_t>& rows);

/// The text of the nearest of `fit_rows`: by Euclidean distance of each channel's mean in eight
/// stretches of the series, its deviation and the length, standardised.
Rival nearest_text(const data::Dataset& dataset, const std::vector<std::int64_t>& fit_rows,
                   const std::vector<std::int64_t>& rows, const StopFlag& stop);

}  // namespace dlwork::task
