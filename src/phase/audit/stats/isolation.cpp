#include "phase/audit/stats/isolation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "dlwork/base/rng.h"

namespace dlwork::phase::audit {
namespace {

constexpr int kTrees = 100;
constexpr std::int64_t kSubsample = 256;
constexpr int kMostDepth = 8;  // the height of a balanced tree of kSubsample rows
/// Draws of a feature before a node counts as one that cannot be split.
constexpr int kMostDraws = 32;

struct Node {
  std::int32_t feature = -1;  ///< -1: a leaf
  float cut = 0;
  std::int32_t left = 0, right = 0;
  double path = 0;  ///< of a leaf: depth and what is left unsplit
};

class Tree {
 public:
  Tree(const Matrix& features, Rng& rng) : features_(features) {
    auto rows = rng.permutation(features.rows());
    rows.resize(std::min<std::int64_t>(kSubsample, features.rows()));
    grow(rows, 0, rng);
  }

  double path(std::int64_t row) const {
    std::int32_t at = 0;
    while (nodes_[at].feature >= 0) {
      at = features_(row, nodes_[at].feature) < nodes_[at].cut ? nodes_[at].left : nodes_[at].right;
    }
    return nodes_[at].path;
  }

 private:
  std::int32_t grow(const std::vector<std::int64_t>& rows, int depth, Rng& rng) {
    const auto place = static_cast<std::int32_t>(nodes_.size());
    nodes_.emplace_back();
    if (depth < kMostDepth && rows.size() > 1) {
      for (int draw = 0; draw < kMostDraws; ++draw) {
        if (split(place, rows, depth, rng)) return place;
      }
    }
    nodes_[place].path = depth + expected_path(static_cast<double>(rows.size()));
    return place;
  }

  bool split(std::int32_t place, const std::vector<std::int64_t>& rows, int depth, Rng& rng) {
    const auto feature =
        static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(features_.cols())));
    float low = features_(rows.front(), feature), high = low;
    for (const auto row : rows) {
      low = std::min(low, features_(row, feature));
      high = std::max(high, features_(row, feature));
    }
    if (!(high > low)) return false;
    const auto cut = static_cast<float>(rng.uniform(low, high));
    std::vector<std::int64_t> left, right;
    for (const auto row : rows) (features_(row, feature) < cut ? left : right).push_back(row);
    if (left.empty() || right.empty()) return false;
    nodes_[place].feature = feature;
    nodes_[place].cut = cut;
    const auto first = grow(left, depth + 1, rng);
    const auto second = grow(right, depth + 1, rng);
    nodes_[place].left = first;
    nodes_[place].right = second;
    return true;
  }

  const Matrix& features_;
  std::vector<Node> nodes_;
};

}  // namespace

double expected_path(double n) {
  if (n <= 1) return 0;
  if (n <= 2) return 1;
  return 2 * (std::log(n - 1) + std::numbers::egamma) - 2 * (n - 1) / n;
}

std::vector<double> isolation_scores(const Matrix& features, std::uint64_t seed, int threads) {
  const std::int64_t count = features.rows();
  std::vector<Tree> trees;
  for (int i = 0; i < kTrees; ++i) {
    Rng rng(seed, "isolation tree " + std::to_string(i));
    trees.emplace_back(features, rng);
  }
  const double unit = expected_path(static_cast<double>(std::min<std::int64_t>(kSubsample, count)));
  std::vector<double> scores(count, 0.5);
  if (unit <= 0) return scores;
  constexpr std::int64_t kBlock = 256;
  for_each_block(count, kBlock, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      double sum = 0;
      for (const Tree& tree : trees) sum += tree.path(row);
      scores[row] = std::exp2(-sum / kTrees / unit);
    }
  });
  return scores;
}

}  // namespace dlwork::phase::audit
