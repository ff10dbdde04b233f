#pragma once

#include "report/figure_data.h"

namespace dlwork::report {

/// How full a matrix's cell is drawn, from 0 to 1. Without negative values, by the square root, so
/// that rare mistakes show beside a strong diagonal.
struct Heat {
  double largest = 0;
  bool is_signed = false;
  double of(double value) const;
};
Heat heat_of(const MatrixData& data);

}  // namespace dlwork::report
