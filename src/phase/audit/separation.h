#pragma once

#include <string>

#include "dlwork/base/stats.h"
#include "dlwork/phase/phase.h"
#include "phase/features/matrix.h"

namespace dlwork::phase::audit {

/// How well a classifier tells two samples apart.
struct Separation {
  double curve = 0.5;  ///< area under the curve, out of fold
  Interval interval;
  std::string model;
};

/// Lopez-Paz and Oquab 2017: a classifier that tells two samples apart out of fold shows that they
/// differ. The interval is Hanley and McNeil's (1982). `samples` tells their kind.
Separation separate(Context& context, const data::Samples& samples, const Matrix& a,
                    const Matrix& b);

}  // namespace dlwork::phase::audit
