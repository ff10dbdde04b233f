#pragma once

#include <vector>

#include "dlwork/data/dataset.h"

namespace dlwork::phase::diagnose {

/// One column's values of these rows, in this order.
data::Column column_rows(const data::Column& column, const std::vector<std::int64_t>& rows);
/// The input columns and series of these rows alone, to be changed and shown to the network.
data::Samples table_rows(const data::Samples& samples, const std::vector<std::int64_t>& rows);

}  // namespace dlwork::phase::diagnose
