#include "phase/readiness/models/tree.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dlwork::phase::classical {
namespace {

constexpr std::size_t kMostBins = 256;

std::vector<float> edges_of(const Matrix& features, std::int64_t column) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(features.rows()));
  for (std::int64_t row = 0; row < features.rows(); ++row) {
    if (!std::isnan(features(row, column))) values.push_back(features(row, column));
  }
  std::sort(values.begin(), values.end());
  std::vector<float> different = values;
  different.erase(std::unique(different.begin(), different.end()), different.end());
  std::vector<float> edges;
  if (different.size() < kMostBins) {
    // Half-way between two values, so that unseen ones go to the nearer side.
    for (std::size_t i = 0; i + 1 < different.size(); ++i) {
      edges.push_back(different[i] + (different[i + 1] - different[i]) / 2);
    }
    return edges;
  }
  for (std::size_t bin = 1; bin < kMostBins; ++bin) {
    const float edge = values[bin * (values.size() - 1) / kMostBins];
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

}  // namespace

Binned bin_features(const Matrix& features, int threads) {
  Binned binned;
  binned.rows = features.rows();
  binned.columns = features.cols();
  binned.bins.resize(static_cast<std::size_t>(binned.rows * binned.columns));
  binned.edges.resize(static_cast<std::size_t>(binned.columns));
  for_each_block(binned.columns, 1, threads, [&](std::int64_t j, std::int64_t) {
    auto& edges = binned.edges[static_cast<std::size_t>(j)];
    edges = edges_of(features, j);
    for (std::int64_t row = 0; row < binned.rows; ++row) {
      const float value = features(row, j);
      binned.bins[static_cast<std::size_t>(j * binned.rows + row)] = static_cast<std::uint8_t>(
          std::isnan(value) ? 0
                            : std::lower_bound(edges.begin(), edges.end(), value) - edges.begin());
    }
  });
  return binned;
}

/// One tree in the making. A node's rows are a range of `rows_`, which splitting reorders.
class Grower {
 public:
  Grower(const Binned& features, const TreeTargets& targets, std::vector<std::int32_t> rows,
         const TreeOptions& options, Rng& rng)
      : features_(features),
        targets_(targets),
        rows_(std::move(rows)),
        options_(options),
        rng_(rng),
        sums_(kMostBins * static_cast<std::size_t>(width())),
        columns_(static_cast<std::size_t>(features.columns)) {
    for (std::size_t j = 0; j < columns_.size(); ++j) columns_[j] = static_cast<std::int64_t>(j);
  }

  Tree grow() {
    tree_.outputs_ = targets_.outputs;
    struct Open {
      std::int32_t node;
      std::size_t begin, end;
      std::int64_t depth;
    };
    tree_.nodes_.emplace_back();
    std::vector<Open> open{{0, 0, rows_.size(), 0}};
    while (!open.empty()) {
      const Open now = open.back();
      open.pop_back();
      const bool may_split = options_.most_depth == 0 || now.depth < options_.most_depth;
      const Split split = may_split ? best_split(now.begin, now.end) : Split{};
      if (split.column < 0) {
        make_leaf(now.node, now.begin, now.end);
        continue;
      }
      const std::uint8_t* bins = features_.column(split.column);
      const auto middle = std::partition(rows_.begin() + static_cast<std::ptrdiff_t>(now.begin),
                                         rows_.begin() + static_cast<std::ptrdiff_t>(now.end),
                                         [&](std::int32_t row) { return bins[row] <= split.bin; });
      const auto at = static_cast<std::size_t>(middle - rows_.begin());
      const auto left = static_cast<std::int32_t>(tree_.nodes_.size());
      Tree::Node& node = tree_.nodes_[static_cast<std::size_t>(now.node)];
      node.column = static_cast<std::int32_t>(split.column);
      node.edge =
          features_
              .edges[static_cast<std::size_t>(split.column)][static_cast<std::size_t>(split.bin)];
      node.left = left;
      node.right = left + 1;
      tree_.nodes_.resize(tree_.nodes_.size() + 2);
      open.push_back({left + 1, at, now.end, now.depth + 1});
      open.push_back({left, now.begin, at, now.depth + 1});
    }
    return std::move(tree_);
  }

 private:
  struct Split {
    std::int64_t column = -1;
    int bin = 0;
    double score = 0;
  };

  /// Sums kept of each bin: a count by class, or count and sum of the numbers.
  std::int64_t width() const { return targets_.is_class() ? targets_.outputs : 2; }

  void add_row(std::int32_t row, double* sums) const {
    if (targets_.is_class()) {
      sums[targets_.classes[static_cast<std::size_t>(row)]] += 1;
    } else {
      sums[0] += 1;
      sums[1] += targets_.values[static_cast<std::size_t>(row)];
    }
  }

  double count_of(const double* sums) const {
    if (!targets_.is_class()) return sums[0];
    double count = 0;
    for (std::int64_t c = 0; c < targets_.outputs; ++c) count += sums[c];
    return count;
  }

  /// Of a side: the sum of squared class counts, or of the squared sum, over its count. The sum
  /// over both sides is largest where impurity (Gini, or squared error) is least.
  double score_of(const double* sums, double count) const {
    if (!targets_.is_class()) return sums[1] * sums[1] / count;
    double squares = 0;
    for (std::int64_t c = 0; c < targets_.outputs; ++c) squares += sums[c] * sums[c];
    return squares / count;
  }

  Split best_split(std::size_t begin, std::size_t end) {
    Split best;
    const auto count = static_cast<double>(end - begin);
    if (count < 2 * static_cast<double>(options_.least_rows) || count < 2) return best;
    std::vector<double> whole(static_cast<std::size_t>(width()), 0.0);
    for (std::size_t i = begin; i < end; ++i) add_row(rows_[i], whole.data());
    const double start = score_of(whole.data(), count);
    if (targets_.is_class() && start >= count) return best;  // one class alone
    best.score = start * (1 + 1e-12) + 1e-12;
    // Columns that are constant here do not count as tried, as in scikit-learn.
    std::int64_t tried = 0;
    for (std::size_t next = 0; next < columns_.size() && tried < options_.columns_tried; ++next) {
      std::swap(columns_[next], columns_[next + rng_.below(columns_.size() - next)]);
      tried += try_column(columns_[next], begin, end, whole, count, best) ? 1 : 0;
    }
    return best;
  }

  /// False where the column has one value on these rows.
  bool try_column(std::int64_t column, std::size_t begin, std::size_t end,
                  const std::vector<double>& whole, double count, Split& best) {
    const std::uint8_t* bins = features_.column(column);
    const auto w = static_cast<std::size_t>(width());
    std::size_t low = kMostBins, high = 0;
    for (std::size_t i = begin; i < end; ++i) {
      low = std::min<std::size_t>(low, bins[rows_[i]]);
      high = std::max<std::size_t>(high, bins[rows_[i]]);
    }
    if (low == high) return false;
    std::fill(sums_.begin() + static_cast<std::ptrdiff_t>(low * w),
              sums_.begin() + static_cast<std::ptrdiff_t>((high + 1) * w), 0.0);
    for (std::size_t i = begin; i < end; ++i) add_row(rows_[i], &sums_[bins[rows_[i]] * w]);
    std::vector<double>& left = left_;
    std::vector<double>& right = right_;
    left.assign(w, 0.0);
    right = whole;
    for (std::size_t bin = low; bin < high; ++bin) {
      const double* here = &sums_[bin * w];
      if (count_of(here) == 0) continue;
      for (std::size_t k = 0; k < w; ++k) {
        left[k] += here[k];
        right[k] -= here[k];
      }
      const double on_left = count_of(left.data());
      const auto least = static_cast<double>(options_.least_rows);
      if (on_left < least || count - on_left < least) continue;
      const double score = score_of(left.data(), on_left) + score_of(right.data(), count - on_left);
      if (score > best.score) best = {column, static_cast<int>(bin), score};
    }
    return true;
  }

  void make_leaf(std::int32_t node, std::size_t begin, std::size_t end) {
    std::vector<double> sums(static_cast<std::size_t>(width()), 0.0);
    for (std::size_t i = begin; i < end; ++i) add_row(rows_[i], sums.data());
    const double count = std::max(1.0, count_of(sums.data()));
    tree_.nodes_[static_cast<std::size_t>(node)].answer =
        static_cast<std::int64_t>(tree_.answers_.size());
    if (!targets_.is_class()) {
      tree_.answers_.push_back(static_cast<float>(sums[1] / count));
      return;
    }
    for (const double sum : sums) tree_.answers_.push_back(static_cast<float>(sum / count));
  }

  const Binned& features_;
  const TreeTargets& targets_;
  std::vector<std::int32_t> rows_;
  TreeOptions options_;
  Rng& rng_;
  std::vector<double> sums_, left_, right_;
  std::vector<std::int64_t> columns_;
  Tree tree_;
};

Tree Tree::grow(const Binned& features, const TreeTargets& targets, std::vector<std::int32_t> rows,
                const TreeOptions& options, Rng& rng) {
  return Grower(features, targets, std::move(rows), options, rng).grow();
}

void Tree::add_answer(const float* sample, float* out) const {
  std::size_t at = 0;
  while (nodes_[at].column >= 0) {
    const float value = sample[nodes_[at].column];
    const bool left = std::isnan(value) || value <= nodes_[at].edge;
    at = static_cast<std::size_t>(left ? nodes_[at].left : nodes_[at].right);
  }
  for (std::int64_t k = 0; k < outputs_; ++k) {
    out[k] += answers_[static_cast<std::size_t>(nodes_[at].answer + k)];
  }
}

}  // namespace dlwork::phase::classical
