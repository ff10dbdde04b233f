#pragma once

#include <cstdint>
#include <vector>

#include "phase/features/matrix.h"

namespace dlwork::phase::audit {

/// Anomaly scores by isolation forest (Liu, Ting and Zhou 2008): 2^(-E[h(x)] / c(n)) over 100 trees
/// of 256 rows each, split at random. Near 1 for rows that few cuts single out, about 0.5 for
/// ordinary ones.
std::vector<double> isolation_scores(const Matrix& features, std::uint64_t seed, int threads);

/// Expected path length of an unsuccessful search among n, the forest's unit: c(n) = 2 H(n-1) -
/// 2 (n-1) / n.
double expected_path(double n);

}  // namespace dlwork::phase::audit
