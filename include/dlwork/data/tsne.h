#pragma once

#include <cstdint>
#include <vector>

namespace dlwork::data {

struct TsneOptions {
  double perplexity = 30;  ///< about how many neighbours a point has; less where points are few
  int iterations = 750;
};

/// A map in two dimensions that keeps near points near.
struct Map {
  std::vector<double> x, y;
  double divergence =
      0;  ///< Kullback-Leibler, of the map's neighbours from the points': C of eq. 4
};

/// t-SNE (van der Maaten and Hinton 2008), all pairs, from the first two principal components, so
/// that the same points give the same map. `values`: rows x columns, row-major, finite. Memory and
/// time of an iteration grow with rows^2: 2000 rows take some 3 seconds and 100 MB. Fewer than 4
/// rows are laid out by the components alone.
Map tsne(const float* values, std::int64_t rows, std::int64_t columns,
         const TsneOptions& options = {});

}  // namespace dlwork::data
