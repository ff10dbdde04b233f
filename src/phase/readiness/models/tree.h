#pragma once

#include <cstdint>
#include <vector>

#include "dlwork/base/rng.h"
#include "phase/features/matrix.h"

namespace dlwork::phase::classical {

/// Features as the numbers of bins of about equal count, columns apart.
struct Binned {
  std::int64_t rows = 0, columns = 0;
  std::vector<std::uint8_t> bins;         ///< [column][row]
  std::vector<std::vector<float>> edges;  ///< of each column, ascending: bin b is <= edges[b]
  const std::uint8_t* column(std::int64_t j) const { return bins.data() + j * rows; }
};
/// At most 256 bins a column; a column with fewer different values keeps them apart. NaN is below
/// every number.
Binned bin_features(const Matrix& features, int threads);

/// What is learned: classes (`outputs` of them) or numbers (`values`, outputs 1).
struct TreeTargets {
  std::int64_t outputs = 1;
  std::vector<std::int32_t> classes;
  std::vector<float> values;
  bool is_class() const { return !classes.empty(); }
};

struct TreeOptions {
  std::int64_t columns_tried = 1;  ///< at each node
  std::int64_t least_rows = 1;     ///< of a leaf
  std::int64_t most_depth = 0;     ///< splits above a leaf; 0: as many as it takes
};

/// A decision tree grown to the end on the rows given, which may repeat (CART: Breiman, Friedman,
/// Olshen and Stone 1984; Gini impurity or squared error).
class Tree {
 public:
  static Tree grow(const Binned& features, const TreeTargets& targets,
                   std::vector<std::int32_t> rows, const TreeOptions& options, Rng& rng);
  /// Adds the leaf's class shares or mean to `out`.
  void add_answer(const float* sample, float* out) const;
  std::size_t nodes() const { return nodes_.size(); }

 private:
  friend class Grower;
  struct Node {
    std::int32_t column = -1;  ///< -1: a leaf
    float edge = 0;            ///< samples not above it go left
    std::int32_t left = 0, right = 0;
    std::int64_t answer = 0;  ///< of a leaf: place in `answers_`
  };
  std::int64_t outputs_ = 1;
  std::vector<Node> nodes_;
  std::vector<float> answers_;
};

}  // namespace dlwork::phase::classical
